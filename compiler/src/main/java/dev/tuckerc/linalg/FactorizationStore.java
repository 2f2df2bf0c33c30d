package dev.tuckerc.linalg;

import java.util.Optional;

/// Where what is known of weights is kept from one compilation to the next. Safe for use by several
/// threads.
public interface FactorizationStore {
  /// The content of a key, the same bytes that were kept; empty where there is none any more.
  ///
  /// @param key 64 hexadecimal digits
  Optional<byte[]> find(String key);

  /// Keeps a content. It may be gone at any time.
  void keep(String key, byte[] content);
}
