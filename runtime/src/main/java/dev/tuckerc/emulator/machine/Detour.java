package dev.tuckerc.emulator.machine;

import dev.tuckerc.ptx.SourcePosition;

/// Lanes that took another way than lanes of their warp that wait for them. Both ways meet again at
/// a basic block; a lane that comes there without having been where the others wait has missed it.
///
/// @param activation integer registers of the activation in which the ways meet: its identity
/// @param meeting basic block where they meet
/// @param absent lanes that took the other way
/// @param waiting lanes that wait
/// @param what what they wait for
/// @param position where they wait
record Detour(
    int[][] activation,
    int meeting,
    int absent,
    int waiting,
    String what,
    SourcePosition position) {}
