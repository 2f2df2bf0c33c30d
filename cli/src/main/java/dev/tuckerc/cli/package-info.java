/// The `tuckerc` command: one class a subcommand, and the composition root that joins the compiler
/// to the run time.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli;
