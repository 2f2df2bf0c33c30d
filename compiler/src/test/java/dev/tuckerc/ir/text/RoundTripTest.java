package dev.tuckerc.ir.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.RandomGraphs;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RoundTripTest {

  @Property(tries = 300)
  void printingAndParsingGiveTheSameGraph(@ForAll long seed, @ForAll @IntRange(max = 25) int size) {
    Graph graph = RandomGraphs.generate(seed, size, false);
    String text = IrPrinter.print(graph);
    Graph parsed = IrParser.parse(text, Weights.of(IrPrinter.weights(graph)));
    assertThat(IrPrinter.print(parsed)).isEqualTo(text);
    assertThat(parsed.nodes()).hasSameSizeAs(graph.nodes());
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node before = graph.nodes().get(i);
      Node after = parsed.nodes().get(i);
      assertThat(after.location()).isEqualTo(before.location());
      assertThat(after.result().type()).isEqualTo(before.result().type());
      assertThat(after.op().name()).isEqualTo(before.op().name());
      if (before.op() instanceof Constant(String label, Tensor tensor)) {
        assertThat(((Constant) after.op()).label()).isEqualTo(label);
        assertThat(((Constant) after.op()).tensor().contentEquals(tensor)).isTrue();
      } else {
        assertThat(after.op().attributes()).isEqualTo(before.op().attributes());
      }
    }
  }

  @Property(tries = 60)
  void aParsedGraphComputesTheSame(@ForAll long seed, @ForAll @IntRange(max = 15) int size) {
    Graph graph = RandomGraphs.generate(seed, size, true);
    Graph parsed = IrParser.parse(IrPrinter.print(graph), Weights.of(IrPrinter.weights(graph)));
    Random random = new Random(seed);
    Map<String, Tensor> inputs = new HashMap<>();
    for (Value input : graph.inputs()) {
      Tensor tensor = Tensor.zeros(input.type().elementType(), input.shape().extents());
      for (int i = 0; i < tensor.size(); i++) {
        tensor.setDouble(i, random.nextGaussian());
      }
      inputs.put(input.name(), tensor);
    }
    Map<String, Tensor> expected = Interpreter.run(graph, inputs);
    Map<String, Tensor> actual = Interpreter.run(parsed, inputs);
    expected.forEach((name, tensor) -> assertThat(actual.get(name).contentEquals(tensor)).isTrue());
  }

  /// Whatever is cut, doubled or changed: a graph or one clear error, never anything else.
  @Property(tries = 500)
  void damagedTextGivesAnErrorOrAGraph(@ForAll long seed) {
    Random random = new Random(seed);
    Graph graph = RandomGraphs.generate(seed, 8, false);
    StringBuilder text = new StringBuilder(IrPrinter.print(graph));
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, "(){}[]<>%@\":,.-+*/09xeN".charAt(random.nextInt(23)));
        case 2 -> text.setCharAt(at, (char) random.nextInt(32, 128));
        default -> text.delete(at, Math.min(text.length(), at + random.nextInt(80)));
      }
    }
    assertThatCode(
            () -> {
              try {
                IrParser.parse(text.toString(), Weights.of(IrPrinter.weights(graph)));
              } catch (IrParseException e) {
                assertThat(e.getMessage()).startsWith("line ");
              }
            })
        .doesNotThrowAnyException();
  }
}
