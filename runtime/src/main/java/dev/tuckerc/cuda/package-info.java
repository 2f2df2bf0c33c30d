/// NVIDIA's run-time compiler and driver, reached through JCuda: the only package that uses it.
///
/// Compiling ([NvrtcCompiler]) needs neither a GPU nor a driver; running ([CudaDevice]) needs both.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cuda;
