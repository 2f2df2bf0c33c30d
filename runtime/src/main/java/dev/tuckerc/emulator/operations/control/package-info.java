/// Votes, shuffles, calls, predicates: the flow of a warp's threads and what they tell each other.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.emulator.operations.control;
