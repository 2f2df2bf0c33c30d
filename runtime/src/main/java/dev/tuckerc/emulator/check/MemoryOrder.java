package dev.tuckerc.emulator.check;

/// An access with what it orders.
///
/// @param access kind
/// @param acquires whether later accesses of the thread come after what it observes (`.acquire`)
/// @param releases whether earlier accesses of the thread come before it (`.release`)
/// @param block whether that holds between threads of one block only (`.cta`)
public record MemoryOrder(Access access, boolean acquires, boolean releases, boolean block) {
  /// A plain load.
  public static final MemoryOrder READ = new MemoryOrder(Access.READ, false, false, false);

  /// An atomic that orders nothing.
  public static final MemoryOrder ATOMIC = new MemoryOrder(Access.ATOMIC, false, false, false);

  /// A plain store.
  public static final MemoryOrder WRITE = new MemoryOrder(Access.WRITE, false, false, false);
}
