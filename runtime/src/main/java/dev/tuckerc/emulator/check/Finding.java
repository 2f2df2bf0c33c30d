package dev.tuckerc.emulator.check;

/// A defect: what a thread did, and what it should have done.
///
/// @param lane lane of the warp that did it
/// @param message in words, without kernel, line and thread of the access itself
public record Finding(int lane, String message) {}
