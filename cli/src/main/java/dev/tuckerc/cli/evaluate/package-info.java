/// Judging models on data sets.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.evaluate;
