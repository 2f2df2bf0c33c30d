package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import java.util.List;

/// How convolutions are decomposed: the value of `--ranks`.
///
/// @param text as on the command line
public record Ranks(String text, List<Pass> passes) {
  /// No decomposition.
  public static final Ranks NONE = new Ranks("none", List.of());

  public Ranks {
    passes = List.copyOf(passes);
  }

  /// @throws CliException for a value of another form
  public static Ranks parse(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    throw new CliException(Code.CLI001, "--ranks: '" + text + "'");
  }

  /// The context in which the passes run.
  PassContext context(Precision precision, DeviceDescription target) {
    return PassContext.of(precision);
  }

  /// Whether anything is decomposed at all.
  public boolean decomposes() {
    return !passes.isEmpty();
  }
}
