/// What code generation chooses from and how: candidates for one launch, the description of where a
/// node's operands come from, and the choice by predicted time with its reasons.
@NullMarked
package dev.tuckerc.codegen.select;

import org.jspecify.annotations.NullMarked;
