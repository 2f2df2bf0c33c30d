package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TemplateLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// A kernel of a microbenchmark: a template and the values of its parameters.
///
/// @param template file name without ending, in the templates' folder `microbenchmarks`
/// @param parameters shape and tuning parameters
public record Microkernel(String template, SequencedMap<String, Long> parameters) {
  private static final String FOLDER = "/dev/tuckerc/templates/microbenchmarks/";
  private static final Map<String, KernelTemplate> TEMPLATES = new ConcurrentHashMap<>();

  public Microkernel {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
  }

  /// A kernel without parameters.
  public static Microkernel of(String template) {
    return new Microkernel(template, new LinkedHashMap<>());
  }

  /// The same with one parameter more.
  public Microkernel with(String name, long value) {
    SequencedMap<String, Long> more = new LinkedHashMap<>(parameters);
    more.put(name, value);
    return new Microkernel(template, more);
  }

  /// Entry-point name: the template's and every parameter's value, such as `mma_kind0_chains4`.
  public String name() {
    StringBuilder name = new StringBuilder(template);
    parameters.forEach((key, value) ->
        name.append('_').append(key.toLowerCase(java.util.Locale.ROOT)).append(value));
    return name.toString();
  }

  /// The CUDA text.
  public String source() {
    KernelTemplate parsed = parsed();
    Map<String, Long> shape = new TreeMap<>();
    Map<String, Long> tuning = new TreeMap<>();
    parameters.forEach(
        (key, value) -> (parsed.parameters().containsKey(key) ? tuning : shape).put(key, value));
    TemplateInstance instance =
        new TemplateInstance(
            parsed, parsed.constants(shape, tuning), Map.of(), new LinkedHashSet<>());
    return "// "
        + parsed.description()
        + "\n"
        + instance.source(name(), TemplateLibrary.standard());
  }

  private KernelTemplate parsed() {
    return TEMPLATES.computeIfAbsent(
        template, file -> KernelTemplate.parse(file + ".cu", read(file + ".cu")));
  }

  private static String read(String file) {
    try (InputStream stream = Microkernel.class.getResourceAsStream(FOLDER + file)) {
      if (stream == null) {
        throw new IllegalArgumentException("there is no template " + FOLDER + file);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FOLDER + file, e);
    }
  }
}
