/// Small emitters of CUDA text that every kernel family shares: element types, scalar expressions,
/// index arithmetic, epilogues.
@NullMarked
package dev.tuckerc.codegen.emit;

import org.jspecify.annotations.NullMarked;
