/// From samples to figures: robust statistics and lines through noisy points. Knows nothing of
/// GPUs.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.calibrate.fit;
