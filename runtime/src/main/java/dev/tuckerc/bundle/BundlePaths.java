package dev.tuckerc.bundle;

import java.util.regex.Pattern;

/// Names of the files in a bundle. They are relative, use `/`, and have no component that a file
/// system could take for anything but a plain name.
public final class BundlePaths {
  public static final String GRAPH = "graph.ir";
  public static final String PLAN = "plan.json";
  public static final String WEIGHTS = "weights.safetensors";
  public static final String KERNELS = "kernels/";
  public static final String TRACE = "trace/";
  public static final String KERNEL_SOURCE = "kernel.cu";
  public static final String KERNEL_PTX = "kernel.ptx";
  public static final String KERNEL_CUBIN = "kernel.cubin";
  public static final String KERNEL_JSON = "kernel.json";

  private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  private BundlePaths() {}

  /// A component starts with a letter, digit or `_`, so neither `..` nor an absolute path nor a
  /// drive is one.
  public static boolean isSafe(String path) {
    String[] components = path.split("/", -1);
    if (components.length > 3) {
      return false;
    }
    for (String component : components) {
      if (!COMPONENT.matcher(component).matches()) {
        return false;
      }
    }
    return true;
  }

  public static String kernel(String name, String file) {
    return KERNELS + name + "/" + file;
  }
}
