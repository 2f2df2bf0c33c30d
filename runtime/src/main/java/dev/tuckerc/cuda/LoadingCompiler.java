package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// A compiler that is made on a thread of its own, since loading its library takes as long as the
/// work that comes before its first use, which waits for it.
final class LoadingCompiler implements KernelCompiler {
  private final FutureTask<KernelCompiler> made;

  /// Begins to make a compiler. What goes wrong is thrown at the first use.
  LoadingCompiler(Supplier<? extends KernelCompiler> compiler) {
    made = new FutureTask<>(compiler::get);
    Thread.ofPlatform().name("compiler-loading").daemon().start(made);
  }

  private KernelCompiler compiler() {
    try {
      return made.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("cannot make the kernel compiler", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the kernel compiler was loaded", e);
    }
  }

  @Override
  public String version() {
    return compiler().version();
  }

  @Override
  public CompiledKernel compile(
      String name, String source, String architecture, List<String> options) {
    return compiler().compile(name, source, architecture, options);
  }

  @Override
  public List<CompiledKernel> compileAll(List<KernelSource> sources) {
    return compiler().compileAll(sources);
  }
}
