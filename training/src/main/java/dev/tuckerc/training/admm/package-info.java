/// Low-rank training by the alternating direction method of multipliers (Yin et al., CVPR 2021, for
/// tensor trains; TDC, PPoPP 2023, for Tucker): weights stay dense while they are drawn to tensors
/// of low rank.
@NullMarked
package dev.tuckerc.training.admm;

import org.jspecify.annotations.NullMarked;
