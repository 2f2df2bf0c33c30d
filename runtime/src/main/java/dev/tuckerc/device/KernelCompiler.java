package dev.tuckerc.device;

import java.util.List;

/// Compiles CUDA source text at run time.
public interface KernelCompiler {

  /// Compiler name and version, part of every cache key.
  String version();

  /// Compiles one self-contained source.
  ///
  /// @param name file name used in messages, such as `layer1_0_conv1.cu`
  /// @param source CUDA C++ without includes
  /// @param architecture such as `sm_90`
  /// @param options further compiler options, in order
  /// @throws DeviceException with the compiler's log and the lines around each error
  CompiledKernel compile(String name, String source, String architecture, List<String> options);

  /// Compiles several sources, in parallel where the compiler can; the results are in the order of
  /// the sources.
  ///
  /// @throws DeviceException of the first source, in order, that does not compile
  default List<CompiledKernel> compileAll(List<KernelSource> sources) {
    return sources.stream()
        .map(s -> compile(s.name(), s.source(), s.architecture(), s.options()))
        .toList();
  }
}
