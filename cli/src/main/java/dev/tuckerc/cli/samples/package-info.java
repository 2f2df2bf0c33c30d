/// Data sets as inputs of a model.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.samples;
