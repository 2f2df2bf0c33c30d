/// Products on matrix units, of a warp and of a group of warps, and the loads that feed them.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations.matrix;
