package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;

/// GPU memory.
final class CudaBuffer implements DeviceBuffer {
  private final CudaContext context;
  private final Address pointer;
  private final long bytes;
  private final String label;
  private boolean open = true;

  /// JCuda keeps the address to itself and its subclasses.
  static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer() + getByteOffset();
    }
  }

  CudaBuffer(CudaContext context, Address pointer, long bytes, String label) {
    this.context = context;
    this.pointer = pointer;
    this.bytes = bytes;
    this.label = label;
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

  boolean belongsTo(CudaContext other) {
    return context == other;
  }

  /// The part that a copy touches.
  CUdeviceptr part(long offset, long length) {
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
