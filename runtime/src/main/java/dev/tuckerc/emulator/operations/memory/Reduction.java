package dev.tuckerc.emulator.operations.memory;

import dev.tuckerc.emulator.operations.Element;

/// An element-wise reduction of one piece of memory into another, each element indivisible.
///
/// @param kind what is done
/// @param type PTX type of the elements

public record Reduction(Atomic.Kind kind, String type) {

  /// Combines elements of `source` with those of `target`, which receive the results.
  public void apply(byte[] source, int from, byte[] target, int to, int bytes) {
    Element element = Element.of(type);
    // One lock for each buffer, as of all atomics.
    synchronized (target) {
      for (int at = 0; at < bytes; at += element.bytes) {
        long old = element.read(target, to + at);
        long value = element.read(source, from + at);
        element.write(target, to + at, Atomic.apply(kind, type, old, value));
      }
    }
  }
}
