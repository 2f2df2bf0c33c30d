package dev.tuckerc.transform;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.transform.canonicalize.Canonicalize;
import dev.tuckerc.transform.canonicalize.ConstantEvaluator;
import dev.tuckerc.transform.canonicalize.MergeEqualNodes;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.MergeFactors;
import dev.tuckerc.transform.fuse.FuseEpilogues;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.memory.OwnOutputs;
import dev.tuckerc.transform.memory.PlaceConcats;
import dev.tuckerc.transform.memory.RestoreSkips;
import dev.tuckerc.transform.precision.LowerPrecision;
import dev.tuckerc.transform.region.FormBasisConvolutions;
import dev.tuckerc.transform.region.FormRegions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A list of passes, run one after the other.
///
/// @param passes their names, all different, are the names in dumps and logs
/// @param trace receives the graph as it came in and after every pass
/// @param check runs on the graph after every pass; throws an exception when it is not well formed
public record Pipeline(List<Pass> passes, TraceSink trace, Optional<Consumer<Graph>> check) {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  public Pipeline {
    passes = List.copyOf(passes);
    Set<String> names = new HashSet<>();
    for (Pass pass : passes) {
      if (!names.add(pass.name())) {
        throw new IllegalArgumentException("two passes are named " + pass.name());
      }
    }
  }

  /// What every model goes through before code is generated. The context has to hold a rank policy.
  public static Pipeline standard() {
    return standard(List.of(new DecomposeConvolutions(), new MergeFactors()));
  }

  /// The same with other passes between canonicalization and the choice of precision.
  ///
  /// @param decomposition the passes that replace convolutions by Tucker sequences; may be empty
  public static Pipeline standard(List<Pass> decomposition) {
    List<Pass> passes = new ArrayList<>(beforeDecomposition());
    passes.addAll(decomposition);
    passes.addAll(afterDecomposition());
    return of(passes);
  }

  /// The passes from the choice of precision on.
  public static List<Pass> afterDecomposition() {
    ConstantEvaluator evaluator = ConstantEvaluator.REFERENCE;
    List<Pass> passes = new ArrayList<>();
    passes.add(new LowerPrecision());
    passes.add(new FuseEpilogues(evaluator));
    passes.add(new AssignLayouts());
    passes.add(new RestoreSkips());
    passes.add(new FormBasisConvolutions());
    passes.add(new FormRegions());
    passes.add(new PlaceConcats());
    passes.add(new OwnOutputs());
    return passes;
  }

  /// The passes before the decomposition: what a plan for one import of a model expects of another.
  public static List<Pass> beforeDecomposition() {
    return List.of(Canonicalize.pass(ConstantEvaluator.REFERENCE), new MergeEqualNodes());
  }

  /// A pipeline without trace and checks.
  public static Pipeline of(List<Pass> passes) {
    return new Pipeline(passes, TraceSink.NONE, Optional.empty());
  }

  public Pipeline withTrace(TraceSink sink) {
    return new Pipeline(passes, sink, check);
  }

  public Pipeline withCheck(Consumer<Graph> newCheck) {
    return new Pipeline(passes, trace, Optional.of(newCheck));
  }

  /// Runs all passes.
  public Graph run(Graph graph, PassContext context) {
    Graph current = graph;
    trace.accept(0, "input", current);
    verify("input", current);
    for (int i = 0; i < passes.size(); i++) {
      Pass pass = passes.get(i);
      long start = System.nanoTime();
      current = pass.run(current, context);
      LOG.debug(
          "{}: {} nodes, {} ms",
          pass.name(),
          current.nodes().size(),
          (System.nanoTime() - start) / 1_000_000);
      trace.accept(i + 1, pass.name(), current);
      verify(pass.name(), current);
      verifySignature(pass.name(), graph, current);
    }
    return current;
  }

  private void verify(String pass, Graph graph) {
    check.ifPresent(c -> {
      try {
        c.accept(graph);
      } catch (IrException e) {
        throw new IllegalStateException("graph is not well formed after " + pass, e);
      }
    });
  }

  private static void verifySignature(String pass, Graph before, Graph after) {
    List<String> expected = signature(before);
    List<String> actual = signature(after);
    if (!expected.equals(actual)) {
      throw new IllegalStateException(
          pass + " changed the model's signature from " + expected + " to " + actual);
    }
  }

  private static List<String> signature(Graph graph) {
    return Stream.concat(
            graph.inputs().stream().map(v -> v.name() + ": " + v.type()),
            graph.outputs().stream().map(o -> "-> " + o.name() + ": " + o.value().type()))
        .toList();
  }
}
