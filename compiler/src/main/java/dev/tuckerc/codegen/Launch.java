package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.ir.Location;
import java.util.List;

/// One step of a program.
///
/// @param arguments all pointers, in the order of the kernel's parameters; the output last
public record Launch(GeneratedKernel kernel, List<Argument> arguments, Location location) {
  public Launch {
    arguments = List.copyOf(arguments);
  }
}
