package dev.tuckerc.device;

/// A device could not do what was asked; the message says what and is fit for a user.
public sealed class DeviceException extends RuntimeException
    permits DeviceLostException, SourceException {
  private static final long serialVersionUID = 1L;

  public DeviceException(String message) {
    super(message);
  }

  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
