package dev.tuckerc.lab.verify;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceModule;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.emulator.EmulatedDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Stands in for a GPU that is right, computes one wrong element, or faults and then takes no more
/// work.
final class FaultyDevice implements Device {
  /// What is wrong with it.
  enum Fault {
    NONE,
    /// The first element of everything downloaded is off.
    WRONG_ELEMENT,
    /// Launches fail, and so does all that follows until the device is opened again.
    UNTIL_REOPENED,
    /// The same, and opening it again does not help.
    FOR_EVER
  }

  private final EmulatedDevice device = new EmulatedDevice();
  private final Fault fault;
  private boolean faulted;

  FaultyDevice(Fault fault) {
    this(fault, false);
  }

  private FaultyDevice(Fault fault, boolean faulted) {
    this.fault = fault;
    this.faulted = faulted;
  }

  /// What opening it again gives.
  FaultyDevice reopened() {
    return new FaultyDevice(fault, fault == Fault.FOR_EVER);
  }

  private void requireWorking() {
    if (faulted) {
      throw new DeviceException("an illegal address was accessed");
    }
  }

  @Override
  public DeviceInfo info() {
    DeviceInfo info = device.info();
    return new DeviceInfo(
        DeviceInfo.Kind.CUDA,
        "stand-in",
        info.computeCapability(),
        info.multiprocessors(),
        info.memoryBytes(),
        info.sharedBytesPerBlock());
  }

  @Override
  public DeviceModule load(String ptx, String label) {
    requireWorking();
    return device.load(ptx, label);
  }

  @Override
  public DeviceBuffer allocate(long bytes, String label) {
    requireWorking();
    return device.allocate(bytes, label);
  }

  @Override
  public void upload(DeviceBuffer target, long targetOffset, MemorySegment source) {
    requireWorking();
    device.upload(target, targetOffset, source);
  }

  @Override
  public void download(DeviceBuffer source, long sourceOffset, MemorySegment target) {
    requireWorking();
    device.download(source, sourceOffset, target);
    if (fault == Fault.WRONG_ELEMENT) {
      // The sign and the exponent of a float.
      long last = Float.BYTES - 1;
      byte top = target.get(ValueLayout.JAVA_BYTE, last);
      target.set(ValueLayout.JAVA_BYTE, last, (byte) (top ^ 0x81));
    }
  }

  @Override
  public void launch(KernelLaunch launch) {
    faulted |= fault == Fault.UNTIL_REOPENED || fault == Fault.FOR_EVER;
    requireWorking();
    device.launch(launch);
  }

  @Override
  public LaunchSequence record(List<KernelLaunch> launches) {
    return device.record(launches);
  }

  @Override
  public void synchronize() {
    requireWorking();
    device.synchronize();
  }

  @Override
  public void close() {
    device.close();
  }
}
