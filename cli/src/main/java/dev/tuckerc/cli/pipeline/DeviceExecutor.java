package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.KernelCode;
import dev.tuckerc.device.LaunchSequence;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.tensor.Tensor;
import java.util.Collections;
import java.util.Map;
import java.util.SequencedMap;

/// Runs a bundle's kernels on a GPU or the emulator.
public final class DeviceExecutor implements Executor {
  private final Device device;
  private final Session session;
  private final String description;

  private DeviceExecutor(Device device, Session session, String description) {
    this.device = device;
    this.session = session;
    this.description = description;
  }

  /// Opens a device and makes a bundle ready on it.
  ///
  /// @param wanted `auto`, `cuda:0`, `emulator`
  public static DeviceExecutor open(Bundle bundle, String wanted, SessionOptions options) {
    DeviceSelector.Selection selection = DeviceSelector.standard().select(wanted);
    return open(bundle, selection.device(), selection.reason(), options);
  }

  /// Makes a bundle ready on a device, which is closed with the executor.
  ///
  /// @param description why it is this device
  public static DeviceExecutor open(
      Bundle bundle, Device device, String description, SessionOptions options) {
    try {
      Session session = Session.open(bundle, device, options);
      return new DeviceExecutor(device, session, description + code(device, session));
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /// On a GPU, whether the bundle's machine code runs or what the driver made of its PTX.
  private static String code(Device device, Session session) {
    if (device.info().kind() == DeviceInfo.Kind.EMULATOR) {
      return "";
    }
    long all = session.forms().size();
    long machineCode =
        session.forms().values().stream().filter(f -> f == KernelCode.Form.CUBIN).count();
    return "; " + machineCode + " of " + all + " kernels as machine code, the others from PTX";
  }

  @Override
  public String description() {
    return description;
  }

  /// The bundle as it runs, with kernels compiled again where that was needed.
  public Bundle bundle() {
    return session.bundle();
  }

  @Override
  public SequencedMap<String, Tensor> run(Map<String, Tensor> inputs) {
    return HostTensors.fromHost(session.run(HostTensors.toHost(inputs)));
  }

  /// Runs once more on the same inputs, without copies.
  ///
  /// @return device time in nanoseconds
  public long replay() {
    return session.replay();
  }

  /// Runs several times on the same inputs, without copies, one behind another. The first begins
  /// after the host has submitted what follows it, so that no time has the host's in it.
  ///
  /// @return device time of each in nanoseconds
  public long[] replay(int runs) {
    try (LaunchSequence sequence = session.sequence(true)) {
      return device.time(Collections.nCopies(runs, sequence));
    }
  }

  @Override
  public long lastRunNanos() {
    return session.lastRunNanos();
  }

  @Override
  public void close() {
    session.close();
    device.close();
  }
}
