package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.ir.Location;
import java.util.List;

/// One step of a program.
///
/// @param arguments all pointers, in the order of the kernel's parameters; the output last
/// @param programmatic whether it may begin before the launch before it has ended, because its
///   kernel waits for that by itself; the first launch never does
/// @param estimate predicted time of the kernel in this place; that of the kernel's decision is for
///   a launch in the midst of others
public record Launch(
    GeneratedKernel kernel,
    List<Argument> arguments,
    Location location,
    boolean programmatic,
    Estimate estimate) {
  public Launch {
    arguments = List.copyOf(arguments);
  }
}
