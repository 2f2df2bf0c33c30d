package dev.tuckerc.lab.run;

import dev.tuckerc.codegen.GeneratedKernel;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.util.ArrayList;
import java.util.List;

/// A program and what the kernel compiler made of its kernels, in the program's order.
///
/// @param architecture compiled for, such as `sm_90`
public record CompiledProgram(Program program, List<CompiledKernel> compiled, String architecture) {
  public CompiledProgram {
    compiled = List.copyOf(compiled);
  }

  /// Compiles a program.
  ///
  /// @param architecture such as `sm_90`
  /// @throws dev.tuckerc.device.DeviceException with the compiler's log
  public static CompiledProgram of(Program program, KernelCompiler compiler, String architecture) {
    return of(List.of(program), compiler, architecture).getFirst();
  }

  /// Compiles several programs at once: the compiler works on as many cores as there are.
  public static List<CompiledProgram> of(
      List<Program> programs, KernelCompiler compiler, String architecture) {
    List<KernelSource> sources = new ArrayList<>();
    for (Program program : programs) {
      for (GeneratedKernel kernel : program.kernels()) {
        sources.add(
            new KernelSource(kernel.name() + ".cu", kernel.source(), architecture, List.of()));
      }
    }
    List<CompiledKernel> compiled = compiler.compileAll(sources);
    List<CompiledProgram> results = new ArrayList<>();
    int next = 0;
    for (Program program : programs) {
      int end = next + program.kernels().size();
      results.add(new CompiledProgram(program, compiled.subList(next, end), architecture));
      next = end;
    }
    return results;
  }
}
