package dev.tuckerc.lab.calibrate.micro;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The size of a kernel's machine code, from the ELF file that the compiler makes.
final class CodeSize {
  private static final int MAGIC = 0x464c457f;
  private static final int SECTION_TABLE = 40;
  private static final int SECTION_SIZE = 58;
  private static final int SECTION_COUNT = 60;
  private static final int NAMES_INDEX = 62;
  private static final int HEADER_BYTES = 64;

  private CodeSize() {}

  /// Bytes of the section `.text.KERNEL`.
  ///
  /// @throws IllegalArgumentException when the file is no 64-bit ELF file or has no such section
  static long of(byte[] cubin, String kernel) {
    ByteBuffer elf = ByteBuffer.wrap(cubin).order(ByteOrder.LITTLE_ENDIAN);
    if (cubin.length < HEADER_BYTES || elf.getInt(0) != MAGIC || elf.get(4) != 2) {
      throw new IllegalArgumentException(
          "the machine code of " + kernel + " is no 64-bit ELF file");
    }
    long table = elf.getLong(SECTION_TABLE);
    int entry = Short.toUnsignedInt(elf.getShort(SECTION_SIZE));
    int count = Short.toUnsignedInt(elf.getShort(SECTION_COUNT));
    int names = Short.toUnsignedInt(elf.getShort(NAMES_INDEX));
    long text = elf.getLong(Math.toIntExact(table + (long) names * entry + 24));
    for (int i = 0; i < count; i++) {
      int section = Math.toIntExact(table + (long) i * entry);
      String name = name(cubin, Math.toIntExact(text + elf.getInt(section)));
      if (name.equals(".text." + kernel)) {
        return elf.getLong(section + 32);
      }
    }
    throw new IllegalArgumentException("there is no machine code of " + kernel);
  }

  private static String name(byte[] bytes, int start) {
    int end = start;
    while (bytes[end] != 0) {
      end++;
    }
    return new String(bytes, start, end - start, StandardCharsets.UTF_8);
  }
}
