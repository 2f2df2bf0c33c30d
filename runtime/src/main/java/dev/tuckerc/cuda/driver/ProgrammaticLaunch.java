package dev.tuckerc.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelLaunch;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// `cuLaunchKernelEx` with the attribute that lets a kernel start before its predecessor in the
/// stream has ended (programmatic dependent launch). JCuda has no binding for it.
///
/// The kernel must execute `griddepcontrol.wait` before it touches what the predecessor wrote.
final class ProgrammaticLaunch {
  private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

  /// `CUlaunchConfig` of cuda.h.
  private static final StructLayout CONFIGURATION =
      MemoryLayout.structLayout(
          MemoryLayout.sequenceLayout(3, JAVA_INT).withName("grid"),
          MemoryLayout.sequenceLayout(3, JAVA_INT).withName("block"),
          JAVA_INT.withName("sharedBytes"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("stream"),
          ADDRESS.withName("attributes"),
          JAVA_INT.withName("attributeCount"),
          MemoryLayout.paddingLayout(4));

  /// `CUlaunchAttribute`: a number, then a union of 64 bytes.
  private static final StructLayout ATTRIBUTE =
      MemoryLayout.structLayout(
          JAVA_INT.withName("id"),
          MemoryLayout.paddingLayout(4),
          JAVA_INT.withName("value"),
          MemoryLayout.paddingLayout(60));

  private final MethodHandle call;

  private ProgrammaticLaunch(MethodHandle call) {
    this.call = call;
  }

  /// @throws DeviceException when the driver has no such call
  static ProgrammaticLaunch bind() {
    return new ProgrammaticLaunch(
        NativeFunctions.ofDriver()
            .require(
                "cuLaunchKernelEx",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
                "programmatic dependent launch needs an NVIDIA driver of CUDA 11.8 or newer"));
  }

  /// Puts a launch on a stream.
  ///
  /// @param function the kernel's `CUfunction`
  /// @param stream a `CUstream`
  /// @return the driver's result code
  int launch(KernelLaunch launch, long function, long stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = arena.allocate(ATTRIBUTE);
      attribute.set(JAVA_INT, offset(ATTRIBUTE, "id"), PROGRAMMATIC_STREAM_SERIALIZATION);
      attribute.set(JAVA_INT, offset(ATTRIBUTE, "value"), 1);
      MemorySegment configuration = arena.allocate(CONFIGURATION);
      write(configuration, offset(CONFIGURATION, "grid"), launch.grid());
      write(configuration, offset(CONFIGURATION, "block"), launch.block());
      configuration.set(JAVA_INT, offset(CONFIGURATION, "sharedBytes"), launch.sharedBytes());
      configuration.set(ADDRESS, offset(CONFIGURATION, "stream"), MemorySegment.ofAddress(stream));
      configuration.set(ADDRESS, offset(CONFIGURATION, "attributes"), attribute);
      configuration.set(JAVA_INT, offset(CONFIGURATION, "attributeCount"), 1);
      return (int)
          call.invokeExact(
              configuration,
              MemorySegment.ofAddress(function),
              parameters(KernelArguments.encode(launch), arena),
              MemorySegment.NULL);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new DeviceException("a native call failed: " + e, e);
    }
  }

  private static long offset(StructLayout layout, String field) {
    return layout.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  private static void write(MemorySegment target, long offset, Dim3 extent) {
    target.set(JAVA_INT, offset, extent.x());
    target.set(JAVA_INT, offset + 4, extent.y());
    target.set(JAVA_INT, offset + 8, extent.z());
  }

  /// The driver takes each argument by a pointer to its value.
  private static MemorySegment parameters(List<byte[]> values, Arena arena) {
    MemorySegment pointers = arena.allocate(ADDRESS, Math.max(1, values.size()));
    for (int i = 0; i < values.size(); i++) {
      byte[] value = values.get(i);
      MemorySegment copy = arena.allocate(value.length, TensorMaps.ALIGNMENT);
      pointers.setAtIndex(ADDRESS, i, copy.copyFrom(MemorySegment.ofArray(value)));
    }
    return pointers;
  }
}
