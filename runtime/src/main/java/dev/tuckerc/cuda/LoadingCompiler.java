package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// A compiler that is made when it is first needed, or on a thread of its own as soon as [#begin]
/// foresees that: loading its library takes as long as much of the work before it.
final class LoadingCompiler implements KernelCompiler {
  private final FutureTask<KernelCompiler> made;
  private final Optional<String> version;
  private final AtomicBoolean begun = new AtomicBoolean();

  /// @param compiler what goes wrong in it is thrown at the first use
  /// @param version of the compiler, where that is known before it is made
  LoadingCompiler(Supplier<? extends KernelCompiler> compiler, Optional<String> version) {
    this.made = new FutureTask<>(compiler::get);
    this.version = version;
  }

  /// Begins to make the compiler on another thread, unless that was begun before.
  ///
  /// @return this
  LoadingCompiler begin() {
    if (begun.compareAndSet(false, true)) {
      Thread.ofPlatform().name("compiler-loading").daemon().start(made);
    }
    return this;
  }

  private KernelCompiler compiler() {
    begin();
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
    return version.orElseGet(() -> compiler().version());
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
