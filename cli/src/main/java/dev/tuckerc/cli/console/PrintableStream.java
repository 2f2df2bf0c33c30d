package dev.tuckerc.cli.console;

import dev.tuckerc.ir.PrintableText;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Keeps what comes from files from controlling the terminal: every character of UTF-8 text that
/// does not show itself, but for newlines and tabs, is written as `\` + `u` + its number. Within a
/// JSON string that is the same character.
final class PrintableStream extends FilterOutputStream {
  private static final int LONGEST = 4;

  /// The start of a character whose other bytes are still to come.
  private final byte[] pending = new byte[LONGEST];

  private int pendingLength;

  PrintableStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int plain = offset;
    for (int at = offset; at < offset + length; at++) {
      byte b = bytes[at];
      boolean shows = pendingLength == 0 && (b >= ' ' && b < 0x7f || b == '\n' || b == '\t');
      if (!shows) {
        out.write(bytes, plain, at - plain);
        plain = at + 1;
        take(b);
      }
    }
    out.write(bytes, plain, offset + length - plain);
  }

  private void take(byte b) throws IOException {
    pending[pendingLength++] = b;
    int lead = pending[0] & 0xff;
    int expected = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : LONGEST;
    boolean broken = pendingLength > 1 && (b & 0xc0) != 0x80;
    if (pendingLength < expected && !broken) {
      return;
    }
    String text = new String(pending, 0, pendingLength, StandardCharsets.UTF_8);
    pendingLength = 0;
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (PrintableText.isPrintable(c) || c == '\n' || c == '\t') {
            shown.appendCodePoint(c);
          } else {
            shown.append(PrintableText.escape(c));
          }
        });
    out.write(shown.toString().getBytes(StandardCharsets.UTF_8));
  }
}
