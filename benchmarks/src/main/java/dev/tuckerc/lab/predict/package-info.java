/// What the performance model says, without running anything.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.predict;
