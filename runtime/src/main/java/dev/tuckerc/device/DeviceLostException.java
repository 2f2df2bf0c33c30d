package dev.tuckerc.device;

/// A kernel did something after which the device takes no more work from this process: an access to
/// memory that is not there, say. Whoever wants to go on has to do so in another process.
public final class DeviceLostException extends DeviceException {
  private static final long serialVersionUID = 1L;

  public DeviceLostException(String message) {
    super(message);
  }
}
