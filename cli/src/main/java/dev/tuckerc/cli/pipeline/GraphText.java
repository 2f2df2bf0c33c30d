package dev.tuckerc.cli.pipeline;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// A graph's text form and the constants that it refers to by name.
public record GraphText(String text, SequencedMap<String, Tensor> constants) {

  /// The text of a graph.
  public static GraphText of(Graph graph) {
    return new GraphText(IrPrinter.print(graph), IrPrinter.weights(graph));
  }

  /// The graph of a text.
  ///
  /// @throws dev.tuckerc.ir.text.IrParseException when the text is not well formed
  public static Graph parse(String text, Map<String, Tensor> constants) {
    return IrParser.parse(text, Weights.of(constants));
  }
}
