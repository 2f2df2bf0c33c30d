package dev.tuckerc.transform.rewrite;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/// A pass that tries rules on every node until none applies, and removes what is no longer used.
///
/// Nodes wait in a worklist, at first all of them in graph order; after a rewrite the new nodes,
/// the users of the result and the nodes that lost a use are tried (again). On one node the rules
/// are tried in their order, and the first that applies wins.
///
/// @param name name of the pass
public record Rewriter(String name, List<RewriteRule> rules) implements Pass {
  /// Rewrites allowed per node of the source graph, before the rules are taken to run in a circle.
  private static final int REWRITES_PER_NODE = 50;

  private static final int LEAST_BOUND = 1000;

  public Rewriter {
    rules = List.copyOf(rules);
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    return new Run(graph, context).toFixpoint();
  }

  /// The graph without the nodes that no output needs.
  public static Graph removeDeadNodes(Graph graph) {
    GraphEditor editor = new GraphEditor(graph);
    graph.nodes().reversed().forEach(node -> editor.removeIfUnused(node.result()));
    return editor.toGraph();
  }

  /// One run over one graph.
  private final class Run {
    private final GraphEditor graph;
    private final PassContext context;
    private final SequencedSet<Value> worklist = new LinkedHashSet<>();
    private final SequencedSet<Remark> missed = new LinkedHashSet<>();
    private long budget;

    Run(Graph source, PassContext context) {
      this.graph = new GraphEditor(removeDeadNodes(source));
      this.context = context;
      this.budget = LEAST_BOUND + (long) REWRITES_PER_NODE * source.nodes().size();
      graph.nodes().forEach(node -> worklist.add(node.result()));
    }

    Graph toFixpoint() {
      while (!worklist.isEmpty()) {
        Value value = worklist.removeFirst();
        graph.definition(value).ifPresent(this::rewrite);
      }
      missed.forEach(context::remark);
      return graph.toGraph();
    }

    private void rewrite(Node node) {
      for (RewriteRule rule : rules) {
        RewriteContext site = new RewriteContext(graph, node);
        Optional<Value> replacement = rule.apply(node, site);
        if (replacement.isPresent()) {
          replace(rule, node, site, replacement.get());
          return;
        }
        if (!site.missedReason().isEmpty()) {
          missed.add(remark(Remark.Kind.MISSED, rule, node, site.missedReason()));
        }
      }
    }

    private void replace(RewriteRule rule, Node node, RewriteContext site, Value replacement) {
      Value old = node.result();
      if (replacement == old || !replacement.type().equals(old.type())) {
        throw new IrException(
            rule.name() + " replaced " + old + " by " + replacement + " at " + node.location());
      }
      if (budget-- == 0) {
        throw new IrException(
            "pass " + name + " does not end: " + rule.name() + " still applies to " + old);
      }
      graph.insertBefore(old, site.emitted());
      site.emitted().forEach(emitted -> worklist.add(emitted.result()));
      worklist.addAll(graph.replaceUses(old, replacement));
      lostUses(graph.removeIfUnused(old));
      // What a rule made and did not use, or what only the old node used.
      List<Node> made = new ArrayList<>(site.emitted());
      made.reversed().forEach(emitted -> lostUses(graph.removeIfUnused(emitted.result())));
      context.remark(remark(Remark.Kind.APPLIED, rule, node, node.op().name() + " rewritten"));
    }

    /// Rules may ask for the number of uses of what a node reads, so its users are tried again too.
    private void lostUses(List<Value> values) {
      for (Value value : values) {
        worklist.add(value);
        graph.users(value).forEach(user -> worklist.add(user.result()));
      }
    }

    private Remark remark(Remark.Kind kind, RewriteRule rule, Node node, String message) {
      return new Remark(kind, name, rule.name(), node.location(), message);
    }
  }
}
