package dev.tuckerc.cli.options;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.tensors.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Values of `--shape name=1x3x224x224`.
public final class ShapeOption {
  private ShapeOption() {}

  /// Extents by input name.
  ///
  /// @throws CliException for a value of another form
  public static Map<String, List<Long>> parse(List<String> values) {
    Map<String, List<Long>> shapes = new TreeMap<>();
    for (String value : values) {
      int equals = Assignment.split(value, text -> text.matches("[0-9x,\\s]*"));
      if (equals <= 0) {
        throw malformed(value);
      }
      List<Long> extents = new ArrayList<>();
      String text = value.substring(equals + 1);
      for (String extent : text.split("[x,]", -1)) {
        if (text.isEmpty()) {
          break;
        }
        try {
          extents.add(Long.parseUnsignedLong(extent.strip()));
        } catch (NumberFormatException e) {
          throw malformed(value);
        }
      }
      if (shapes.put(value.substring(0, equals), extents) != null) {
        throw new CliException(
            Code.CLI001, "--shape: input '" + value.substring(0, equals) + "' is given twice");
      }
    }
    return shapes;
  }

  private static CliException malformed(String value) {
    return new CliException(
        Code.CLI001, "--shape: '" + value + "' is not of the form name=1x3x224x224");
  }
}
