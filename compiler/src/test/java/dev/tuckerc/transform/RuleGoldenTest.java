package dev.tuckerc.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.transform.canonicalize.Canonicalize;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.fuse.FuseEpilogues;
import dev.tuckerc.transform.rewrite.RewriteRule;
import dev.tuckerc.transform.rewrite.Rewriter;
import dev.tuckerc.transform.testing.Equivalence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every rule by itself: the resource `rules/<rule>.ir` holds a graph, a line `// becomes`, and the
/// text of the graph after the rule. Both are also evaluated on random inputs.
class RuleGoldenTest {
  private static final String BECOMES = "// becomes\n";

  static Stream<String> rules() {
    return byName().keySet().stream();
  }

  private static Map<String, RewriteRule> byName() {
    Map<String, RewriteRule> rules = new LinkedHashMap<>();
    Stream.of(
            Canonicalize.rules(ConstantEvaluator.REFERENCE),
            FuseEpilogues.rules(ConstantEvaluator.REFERENCE, true))
        .flatMap(List::stream)
        .forEach(rule -> rules.putIfAbsent(rule.name(), rule));
    return rules;
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rewritesAsStated(String rule) throws IOException {
    String text = resource("rules/" + rule + ".ir");
    int end = text.indexOf(BECOMES);
    Graph before = IrParser.parse(end < 0 ? text : text.substring(0, end), Weights.NONE);

    Graph after =
        new Rewriter("test", List.of(byName().get(rule)))
            .run(before, PassContext.of(Precision.FP32));

    Equivalence.assertEquivalent(before, after, 1e-6);
    assertThat(IrPrinter.print(before) + BECOMES + IrPrinter.print(after)).isEqualTo(text);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RuleGoldenTest.class.getResourceAsStream(name)) {
      assertThat(in).as("resource %s", name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
