/// Ranks found while the model trains (HALOC, AAAI 2023): every layer is a mixture of its
/// truncations, and the mixture learns which of them fits the data within a target on the device.
@NullMarked
package dev.tuckerc.training.haloc;

import org.jspecify.annotations.NullMarked;
