package dev.tuckerc.cuda;

import java.util.List;

/// The few NVRTC calls the compiler makes, over one of two bindings: JCuda for the library shipped
/// with tuckerc, `java.lang.foreign` for one that is already on the machine.
sealed interface NvrtcLibrary permits JcudaNvrtc, ForeignNvrtc {

  /// Version and build, such as `12.9 (31b2c5f0-106237008)`.
  String version();

  /// Compiles one program. Safe to call from several threads at once.
  Outcome compile(String name, String source, List<String> options);

  /// What NVRTC answered.
  ///
  /// @param error its error name, empty on success
  /// @param log program log, without trailing NUL
  /// @param ptx PTX text without trailing NUL, empty on failure
  /// @param cubin machine code, empty on failure
  record Outcome(String error, String log, String ptx, byte[] cubin) {
    boolean succeeded() {
      return error.isEmpty();
    }
  }

  /// Text as NVRTC returns it ends in a NUL character.
  static String withoutNul(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }
}
