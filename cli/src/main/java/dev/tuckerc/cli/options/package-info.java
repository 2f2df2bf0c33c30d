/// Options that several commands share, and what their values mean.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.options;
