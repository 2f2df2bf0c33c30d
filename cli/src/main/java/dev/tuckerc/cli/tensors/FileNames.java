package dev.tuckerc.cli.tensors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;

/// Names of files for tensors, whose own names may hold anything.
///
/// Letters, digits, `_`, `-` and `.` within a name stand for themselves, every other byte of its
/// UTF-8 form is written `%XX`, as in an address of the web: different tensors have different
/// files, and the name can be read back. Names too long for a file are cut and end in `%~` and a
/// hash; `names.json` beside the files then holds them whole.
public final class FileNames {
  private static final String PLAIN =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

  /// What file systems take, in bytes, less room for the temporary file beside it.
  private static final int LONGEST = 200;

  private static final int HASH_DIGITS = 16;
  private static final String INDEX = "names.json";

  private FileNames() {}

  /// The file for a tensor.
  ///
  /// @param ending such as `.npy`
  public static String of(String name, String ending) {
    String encoded = encode(name);
    if (encoded.length() <= LONGEST) {
      return encoded + ending;
    }
    int cut = LONGEST - HASH_DIGITS - 2;
    int escape = encoded.lastIndexOf('%', cut - 1);
    cut = escape >= cut - 2 ? escape : cut;
    return encoded.substring(0, cut) + "%~" + hash(name) + ending;
  }

  /// Writes which tensor is in which file, if a name does not say so itself.
  ///
  /// @throws dev.tuckerc.cli.console.CliException when it cannot be written
  public static void writeIndex(Path folder, Collection<String> names, String ending) {
    ObjectNode index = Output.object();
    for (String name : names) {
      if (encode(name).length() > LONGEST) {
        index.put(of(name, ending), name);
      }
    }
    if (!index.isEmpty()) {
      byte[] text = (Output.text(index) + "\n").getBytes(StandardCharsets.UTF_8);
      FilesIo.writeAtomically(folder.resolve(INDEX), text);
    }
  }

  private static String encode(String name) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      // A leading dot would hide the file, or name a folder.
      if (PLAIN.indexOf(b) >= 0 && !(b == '.' && encoded.isEmpty())) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return encoded.toString();
  }

  private static String hash(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
