package dev.tuckerc.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.MemoryPlan;
import dev.tuckerc.transform.memory.MemoryPlanner;
import dev.tuckerc.transform.testing.Equivalence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {
  private static final String BECOMES = "// becomes\n";

  private static String residual() throws IOException {
    try (InputStream in = PipelineTest.class.getResourceAsStream("residual-fp16.ir")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Graph before() throws IOException {
    String text = residual();
    return IrParser.parse(text.substring(0, text.indexOf(BECOMES)), Weights.NONE);
  }

  @Test
  void compilesAResidualBlockToHalfPrecision() throws IOException {
    Graph before = before();

    Graph after =
        Pipeline.standard(List.of())
            .withCheck(Verifier::verify)
            .run(before, PassContext.of(Precision.FP16));

    Equivalence.assertEquivalent(before, after, 5e-3);
    assertThat(IrPrinter.print(before) + BECOMES + IrPrinter.print(after)).isEqualTo(residual());
    MemoryPlan plan = MemoryPlanner.plan(after);
    assertThat(plan.arenaBytes()).isEqualTo(plan.lowerBound()).isEqualTo(512);
    assertThat(Aliases.of(after).free()).extracting(v -> v.name()).contains("flat");
  }

  @Test
  void isDeterministic() throws IOException {
    Pipeline pipeline = Pipeline.standard(List.of());

    assertThat(IrPrinter.print(pipeline.run(before(), PassContext.of(Precision.FP32))))
        .isEqualTo(IrPrinter.print(pipeline.run(before(), PassContext.of(Precision.FP32))));
  }

  @Test
  void tracesEveryPass(@TempDir Path folder) throws IOException {
    Path trace = folder.resolve("trace");

    Pipeline.standard(List.of())
        .withTrace(new TraceDirectory(trace, IrPrinter::print))
        .run(before(), PassContext.of(Precision.FP32));

    try (Stream<Path> files = Files.list(trace)) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactly(
              "00-input.ir",
              "01-canonicalize.ir",
              "02-merge-equal-nodes.ir",
              "03-precision.ir",
              "04-fuse-epilogues.ir",
              "05-layout.ir",
              "06-restore-skips.ir",
              "07-form-basis-convolutions.ir",
              "08-form-regions.ir",
              "09-place-concats.ir",
              "10-own-outputs.ir");
    }
  }

  @Test
  void namesThePassThatBreaksAGraph() throws IOException {
    Graph before = before();
    Pass broken =
        pass("broken", graph -> new Graph("g", graph.inputs(), List.of(), graph.outputs()));

    assertThatThrownBy(() ->
            Pipeline.of(List.of(broken))
                .withCheck(Verifier::verify)
                .run(before, PassContext.of(Precision.FP32)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("graph is not well formed after broken")
        .hasCauseInstanceOf(IrException.class);
  }

  @Test
  void namesThePassThatChangesTheSignature() throws IOException {
    Graph before = before();
    Pass broken = pass("broken", graph -> new Graph("g", graph.inputs(), graph.nodes(), List.of()));

    assertThatThrownBy(
            () -> Pipeline.of(List.of(broken)).run(before, PassContext.of(Precision.FP32)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("broken changed the model's signature");
  }

  @Test
  void refusesTwoPassesOfOneName() {
    Pass pass = pass("same", graph -> graph);

    assertThatThrownBy(() -> Pipeline.of(List.of(pass, pass)))
        .hasMessage("two passes are named same");
  }

  private static Pass pass(String name, UnaryOperator<Graph> run) {
    return new Pass() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Graph run(Graph graph, PassContext context) {
        return run.apply(graph);
      }
    };
  }
}
