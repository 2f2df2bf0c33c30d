package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// A folder that only this user may enter. What is loaded from it as machine code was put there by
/// this user; in a shared folder such as `/tmp` anyone could have been faster.
final class PrivateFolder {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private PrivateFolder() {}

  /// Makes the folder where it is missing. One that others may only read is closed to them.
  ///
  /// @throws DeviceException when it is another user's, or others may write to it
  /// @throws IOException when it cannot be made
  static void require(Path folder) throws IOException {
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    PosixFileAttributes attributes = Files.readAttributes(folder, PosixFileAttributes.class);
    Object owner = Files.getAttribute(folder, "unix:uid");
    if (!owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      throw refused(
          folder, "belongs to user " + attributes.owner().getName(), "name a folder of your own");
    }
    if (attributes.permissions().stream().anyMatch(WRITABLE_BY_OTHERS::contains)) {
      throw refused(folder, "may be written by others", "remove it, or name another folder");
    }
    if (!attributes.permissions().equals(OWNER_ONLY)) {
      Files.setPosixFilePermissions(folder, OWNER_ONLY);
    }
  }

  private static DeviceException refused(Path folder, String problem, String remedy) {
    return new DeviceException(
        "cache folder " + folder + " " + problem + "; " + remedy + " with TUCKERC_CACHE");
  }
}
