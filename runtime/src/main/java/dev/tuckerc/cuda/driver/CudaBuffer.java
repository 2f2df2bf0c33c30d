package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// GPU memory.
public final class CudaBuffer implements DeviceBuffer {
  private final CudaContext context;
  private final Address pointer;
  private final long bytes;
  private final String label;
  private boolean open = true;

  /// JCuda keeps the address to itself and its subclasses.
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer() + getByteOffset();
    }
  }

  private CudaBuffer(CudaContext context, Address pointer, long bytes, String label) {
    this.context = context;
    this.pointer = pointer;
    this.bytes = bytes;
    this.label = label;
  }

  /// Allocates memory, to be freed with the context; the context is current.
  ///
  /// @throws DeviceException when there is not enough; the message says how much there is
  public static CudaBuffer allocate(CudaContext context, long bytes, String label) {
    Address pointer = new Address();
    int code = JCudaDriver.cuMemAlloc(pointer, bytes);
    String have = "";
    if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      long[] free = {0};
      long[] total = {0};
      if (JCudaDriver.cuMemGetInfo(free, total) == CUresult.CUDA_SUCCESS) {
        have = " (" + free[0] + " of " + total[0] + " are free)";
      }
    }
    context.check(code, "allocating " + bytes + " bytes for " + label + have);
    return context.register(new CudaBuffer(context, pointer, bytes, label));
  }

  /// A buffer of a context, as what it is.
  ///
  /// @throws DeviceException when it is of another device
  public static CudaBuffer of(CudaContext context, DeviceBuffer buffer) {
    if (buffer instanceof CudaBuffer own && own.context == context) {
      return own;
    }
    throw new DeviceException("buffer " + buffer.label() + " is of another device");
  }

  @Override
  public long address() {
    requireOpen();
    return pointer.value();
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public String label() {
    return label;
  }

  /// The part that a copy touches.
  ///
  /// @throws DeviceException when it lies outside, or the buffer is closed
  public CUdeviceptr part(long offset, long length) {
    requireOpen();
    if (offset < 0 || length < 0 || offset > bytes - length) {
      throw new DeviceException(
          "bytes "
              + offset
              + " to "
              + (offset + length)
              + " lie outside buffer "
              + label
              + " of "
              + bytes
              + " bytes");
    }
    return pointer.withByteOffset(offset);
  }

  private void requireOpen() {
    if (!open) {
      throw new DeviceException("buffer " + label + " is closed");
    }
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      context.release(this, () -> JCudaDriver.cuMemFree(pointer), "freeing " + label);
    }
  }
}
