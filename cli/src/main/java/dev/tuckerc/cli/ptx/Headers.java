package dev.tuckerc.cli.ptx;

import dev.tuckerc.cli.tensors.FilesIo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Headers for CUDA files, in the order in which they are looked for: the file's own folder, those
/// of `--include`, the CUDA installation that `CUDA_HOME` (or `CUDA_PATH`) names, and small own
/// ones.
///
/// The own ones declare what is device code in the usual headers and not built into NVRTC. They lie
/// in a temporary folder while they are in use.
final class Headers implements AutoCloseable {
  private static final String RESOURCES = "include/";
  private static final String BUILT_IN = "builtin.h";

  /// Names of headers, and the file that stands for each.
  private static final Map<String, String> OWN = own();

  private final List<Path> folders = new ArrayList<>();
  private final Path temporary;

  private static Map<String, String> own() {
    Map<String, String> own = new TreeMap<>();
    for (String name :
        List.of(
            "assert.h",
            "float.h",
            "limits.h",
            "math.h",
            "stdint.h",
            "cuda_runtime.h",
            "cuda_fp16.h",
            "cooperative_groups.h",
            "cooperative_groups/reduce.h")) {
      own.put(name, name);
    }
    for (String name :
        List.of(
            "stdio.h",
            "stdlib.h",
            "stddef.h",
            "string.h",
            "cstdio",
            "cstdlib",
            "cstddef",
            "cstring")) {
      own.put(name, BUILT_IN);
    }
    for (String name :
        List.of(
            "cuda.h",
            "cuda_runtime_api.h",
            "device_launch_parameters.h",
            "device_functions.h",
            "vector_types.h",
            "vector_functions.h",
            "math_functions.h",
            "math_constants.h")) {
      own.put(name, "cuda_runtime.h");
    }
    own.put("cassert", "assert.h");
    own.put("cfloat", "float.h");
    own.put("climits", "limits.h");
    own.put("cmath", "math.h");
    own.put("cstdint", "stdint.h");
    own.put("inttypes.h", "stdint.h");
    own.put("cuda_fp16.hpp", "cuda_fp16.h");
    return own;
  }

  /// @param file the CUDA file
  /// @param included folders of `--include`
  /// @param environment variables of the process
  Headers(Path file, List<Path> included, Map<String, String> environment) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      folders.add(folder);
    }
    folders.addAll(included);
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = environment.getOrDefault(variable, "");
      if (!home.isEmpty() && Files.isDirectory(Path.of(home, "include"))) {
        folders.add(Path.of(home, "include"));
        break;
      }
    }
    try {
      temporary = Files.createTempDirectory("tuckerc-headers");
    } catch (IOException e) {
      throw FilesIo.unwritable(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
    try {
      for (Map.Entry<String, String> header : OWN.entrySet()) {
        Path target = temporary.resolve(header.getKey());
        Files.createDirectories(target.getParent());
        try (InputStream in = Headers.class.getResourceAsStream(RESOURCES + header.getValue())) {
          if (in == null) {
            throw new IllegalStateException("no resource " + header.getValue());
          }
          Files.copy(in, target);
        }
      }
    } catch (IOException e) {
      close();
      throw FilesIo.unwritable(temporary, e);
    }
    folders.add(temporary);
  }

  /// Options for NVRTC.
  List<String> options() {
    return folders.stream().map(folder -> "--include-path=" + folder).toList();
  }

  /// Names of the headers that are there without a CUDA installation.
  static String known() {
    return String.join(", ", OWN.keySet());
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw FilesIo.unwritable(temporary, e);
    }
  }
}
