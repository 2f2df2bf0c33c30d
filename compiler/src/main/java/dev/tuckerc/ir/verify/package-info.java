/// Checks that a graph is well formed.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.ir.verify;
