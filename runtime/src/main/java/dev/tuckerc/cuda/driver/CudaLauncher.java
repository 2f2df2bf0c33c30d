package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/// Checks launches and puts them on a context's stream.
public final class CudaLauncher {
  private static final int FIRST_WITH_PROGRAMMATIC_LAUNCH = 90;

  private final CudaContext context;
  private @Nullable ProgrammaticLaunch programmaticLaunch;

  /// @param context whose stream gets the launches
  public CudaLauncher(CudaContext context) {
    this.context = context;
  }

  /// Checks a launch and grants it what it needs.
  public void prepare(KernelLaunch launch) {
    checkArguments(launch);
    kernelOf(launch).prepare(launch);
  }

  /// @throws DeviceException when a buffer is closed or of another device
  void checkArguments(KernelLaunch launch) {
    for (KernelArgument argument : launch.arguments()) {
      switch (argument) {
        case KernelArgument.Pointer pointer -> CudaBuffer.of(context, pointer.buffer()).address();
        case KernelArgument.TensorMap map -> CudaBuffer.of(context, map.buffer()).address();
        case KernelArgument.Int32 _, KernelArgument.Int64 _, KernelArgument.Float32 _ -> {}
      }
    }
  }

  /// Puts a prepared launch on the stream.
  public void submit(KernelLaunch launch) {
    put(launch);
    context.submitted(launch);
  }

  /// Puts a prepared launch on the stream, or into the graph that is captured from it.
  void put(KernelLaunch launch) {
    context.check(call(launch), "launching " + launch.kernel().name());
  }

  private int call(KernelLaunch launch) {
    if (launch.programmatic()
        && context.info().computeCapability() >= FIRST_WITH_PROGRAMMATIC_LAUNCH) {
      if (programmaticLaunch == null) {
        programmaticLaunch = ProgrammaticLaunch.bind();
      }
      return programmaticLaunch.launch(launch, kernelOf(launch).handle(), context.streamHandle());
    }
    // The driver takes each argument by a pointer to its value.
    NativePointerObject[] arguments =
        KernelArguments.encode(launch).stream()
            .map(Pointer::to)
            .toArray(NativePointerObject[]::new);
    return JCudaDriver.cuLaunchKernel(
        kernelOf(launch).function(),
        launch.grid().x(),
        launch.grid().y(),
        launch.grid().z(),
        launch.block().x(),
        launch.block().y(),
        launch.block().z(),
        launch.sharedBytes(),
        context.stream(),
        Pointer.to(arguments),
        null);
  }

  private CudaModule.Kernel kernelOf(KernelLaunch launch) {
    if (launch.kernel() instanceof CudaModule.Kernel kernel && kernel.belongsTo(context)) {
      return kernel;
    }
    throw new DeviceException("kernel " + launch.kernel().name() + " is of another device");
  }
}
