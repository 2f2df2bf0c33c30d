package dev.tuckerc.bundle;

/// A value that lies in the arena from its first to its last use.
///
/// Two values may share bytes when no launch uses both. A reference to the arena lies inside one
/// value that is live at that launch, so a checking device can give every value memory of its own.
///
/// @param name for messages, such as the IR value's name
/// @param offset first byte in the arena
/// @param bytes size, at least 1
/// @param firstLaunch index of the launch that first touches it
/// @param lastLaunch index of the launch that last touches it
public record ArenaValue(String name, long offset, long bytes, int firstLaunch, int lastLaunch) {
  public ArenaValue {
    if (offset < 0 || bytes < 1 || offset > Long.MAX_VALUE - bytes) {
      throw new IllegalArgumentException(
          "arena value " + name + " at " + offset + " of " + bytes + " bytes");
    }
    if (firstLaunch < 0 || lastLaunch < firstLaunch) {
      throw new IllegalArgumentException(
          "arena value " + name + " lives from launch " + firstLaunch + " to " + lastLaunch);
    }
  }

  /// First byte after the value.
  public long end() {
    return offset + bytes;
  }
}
