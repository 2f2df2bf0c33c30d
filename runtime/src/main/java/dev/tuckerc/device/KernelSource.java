package dev.tuckerc.device;

import java.util.List;

/// One self-contained CUDA source and how to compile it.
///
/// @param name file name used in messages, such as `layer1_0_conv1.cu`
/// @param source CUDA C++ without includes
/// @param architecture such as `sm_90`
/// @param options further compiler options, in order
public record KernelSource(String name, String source, String architecture, List<String> options) {
  public KernelSource {
    options = List.copyOf(options);
  }
}
