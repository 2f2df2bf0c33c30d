package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.BundleException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// UTF-8, strictly.
final class Texts {
  private Texts() {}

  /// @param file name for messages
  static String decode(String file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BundleException(file, "the text is not UTF-8", BundleException.REWRITE, e);
    }
  }
}
