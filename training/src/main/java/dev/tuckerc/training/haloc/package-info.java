/// Rank selection while a model trains, by predicted cost on a device (HALOC, Xiao et al., AAAI
/// 2023).
@NullMarked
package dev.tuckerc.training.haloc;

import org.jspecify.annotations.NullMarked;
