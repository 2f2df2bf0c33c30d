package dev.tuckerc.lab;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.zoo.Zoo;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which kernels and models a command works on.
public final class Cases {
  @Parameters(
      paramLabel = "CASE",
      arity = "0..*",
      description =
          "Cases by name: 'gemm.mma/f16/*', 'tdc.core/*', 'resnet18/fp16/tdc'. * stands for any"
              + " characters, ? for one. In this order; default: all kernels, then all models.")
  private List<String> patterns = new ArrayList<>();

  @Option(
      names = "--quick",
      description = "A small subset: one or two kernels of each template, and one small model.")
  private boolean quick;

  /// Whether only a small subset is wanted.
  public boolean quick() {
    return quick;
  }

  /// Names of kernel cases and models, in the order of the patterns, the cheapest of each first.
  ///
  /// @throws CliException when a pattern matches none
  public List<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (String pattern : patterns.isEmpty() ? List.of("*") : patterns) {
      List<String> found = new ArrayList<>();
      KernelGrid.matching(pattern, quick).forEach(c -> found.add(c.name()));
      Pattern expression = KernelGrid.pattern(pattern);
      ModelCase.of(quick ? List.of(Zoo.RESNET20) : List.of(Zoo.values())).stream()
          .filter(m -> !quick || m.name().equals("resnet20/fp16/fixed=0.5"))
          .map(ModelCase::name)
          .filter(name -> expression.matcher(name).matches())
          .forEach(found::add);
      if (found.isEmpty()) {
        throw new CliException(
            Code.CLI001,
            "no case%s matches '%s'; names are such as %s and resnet18/fp16/tdc"
                .formatted(
                    quick ? " of the quick subset" : "",
                    pattern,
                    KernelGrid.all().getFirst().name()));
      }
      names.addAll(found);
    }
    return List.copyOf(names);
  }
}
