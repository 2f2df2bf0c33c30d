package dev.tuckerc.codegen;

import dev.tuckerc.codegen.emit.StoredTensor;
import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.codegen.select.Predictions;
import dev.tuckerc.codegen.select.Selection;
import dev.tuckerc.codegen.template.TemplateInstance;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Turns an optimized graph into kernels, launches and weights.
///
/// Every node but constants, aliases and those without a single element becomes one launch. Nodes
/// whose kernels have the same text share one kernel. The result depends on nothing but the
/// arguments.
public final class CodeGenerator {
  private final Graph graph;
  private final Set<Value> aliases;
  private final @Nullable Value varied;
  private final Pick pick;
  private final DeviceDescription device;
  private final PerformanceModel model;
  private final Predictions predictions;
  private final Questions questions;
  private final TemplateLibrary library = TemplateLibrary.standard();
  private final Map<Value, KnownConstant> constants = new IdentityHashMap<>();
  private final SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
  private final Map<Location, String> notes = new HashMap<>();

  /// Candidates of the varied node that fit the device.
  private int usable;

  /// Chooses among a node's candidates, which come in the order of predicted times.
  @FunctionalInterface
  private interface Pick {
    Selection from(List<Selection> ranked);
  }

  private CodeGenerator(
      Graph graph,
      Set<Value> aliases,
      DeviceDescription device,
      @Nullable Value varied,
      Pick pick,
      Predictions predictions) {
    this.graph = graph;
    this.aliases = aliases;
    this.varied = varied;
    this.pick = pick;
    this.device = device;
    WorkingSet network = WorkingSet.of(graph);
    this.model = new PerformanceModel(device, network);
    this.predictions = predictions;
    this.questions = Questions.of(device, network.coldWeights(device));
  }

  /// Generates a program.
  ///
  /// @param graph of known extents
  /// @param aliases results that lie where their operands do and need no kernel
  /// @param device what the kernels are chosen for
  /// @throws CodegenException when a node cannot be run, naming it
  public static Program generate(Graph graph, Set<Value> aliases, DeviceDescription device) {
    return generate(graph, aliases, device, new Predictions(), Map.of());
  }

  /// As [#generate(Graph, Set, DeviceDescription)], the same program, without weighing again what
  /// was chosen before.
  ///
  /// @param predictions asked, and told what was chosen
  /// @param notes what else decided what a kernel for nodes of a location computes, in sentences;
  ///   becomes part of its [Decision#notes]
  public static Program generate(
      Graph graph,
      Set<Value> aliases,
      DeviceDescription device,
      Predictions predictions,
      Map<Location, String> notes) {
    CodeGenerator generator =
        new CodeGenerator(graph, aliases, device, null, List::getFirst, predictions);
    generator.notes.putAll(notes);
    return generator.generate();
  }

  /// The program in which one node uses a candidate other than the best; all other nodes use their
  /// best one.
  ///
  /// @param result of the node to vary
  /// @param rank place of the candidate in the order of predicted times, from 0
  /// @throws CodegenException when the node has fewer candidates that fit the device
  public static Program withCandidate(
      Graph graph, Set<Value> aliases, DeviceDescription device, Value result, int rank) {
    return withPick(
        graph,
        aliases,
        device,
        result,
        ranked -> {
          if (rank < 0 || rank >= ranked.size()) {
            throw new CodegenException(
                result + " has " + ranked.size() + " candidates, none of rank " + rank);
          }
          return ranked.get(rank);
        });
  }

  /// The program in which one node uses the candidate of these parameters; all other nodes use
  /// their best one.
  ///
  /// @param result of the node to vary
  /// @param template name of the candidate's template, such as `gemm.mma`
  /// @param parameters all tuning parameters of the template, as [Decision#parameters] has them
  /// @throws CodegenException when no candidate that fits the device has these parameters
  public static Program withParameters(
      Graph graph,
      Set<Value> aliases,
      DeviceDescription device,
      Value result,
      String template,
      Map<String, Long> parameters) {
    return withPick(
        graph,
        aliases,
        device,
        result,
        ranked ->
            ranked.stream()
                .filter(s ->
                    s.decision().template().equals(template)
                        && s.decision().parameters().equals(parameters))
                .findFirst()
                .orElseThrow(() ->
                    new CodegenException(
                        "none of the "
                            + ranked.size()
                            + " candidates of "
                            + result
                            + " is "
                            + template
                            + " with "
                            + parameters)));
  }

  private static Program withPick(
      Graph graph, Set<Value> aliases, DeviceDescription device, Value result, Pick pick) {
    CodeGenerator generator =
        new CodeGenerator(graph, aliases, device, result, pick, new Predictions());
    Program program = generator.generate();
    if (generator.usable == 0) {
      throw new CodegenException(result + " is the result of no node that needs a kernel");
    }
    return program;
  }

  /// The programs of one node's best candidates, in the order of predicted times; all other nodes
  /// use their best one.
  ///
  /// @param limit most programs
  public static List<Program> best(
      Graph graph, Set<Value> aliases, DeviceDescription device, Value result, int limit) {
    CodeGenerator first =
        new CodeGenerator(graph, aliases, device, result, List::getFirst, new Predictions());
    List<Program> programs = new ArrayList<>();
    programs.add(first.generate());
    for (int rank = 1; rank < Math.min(limit, first.usable); rank++) {
      programs.add(withCandidate(graph, aliases, device, result, rank));
    }
    return programs;
  }

  /// Programs that differ in the candidate used for one node, in the order of predicted times; all
  /// other nodes use their best candidate. For tests, and for tuning by measurement.
  ///
  /// @param result of the node to vary
  /// @param limit most programs; where there are more candidates, they are spread evenly from the
  ///   best to the worst
  public static List<Program> alternatives(
      Graph graph, Set<Value> aliases, DeviceDescription device, Value result, int limit) {
    CodeGenerator best =
        new CodeGenerator(graph, aliases, device, result, List::getFirst, new Predictions());
    List<Program> programs = new ArrayList<>();
    programs.add(best.generate());
    int count = Math.min(limit, best.usable);
    for (int i = 1; i < count; i++) {
      int rank = Math.toIntExact((long) i * (best.usable - 1) / (count - 1));
      programs.add(withCandidate(graph, aliases, device, result, rank));
    }
    return programs;
  }

  /// A kernel's text and geometry, and the nodes it serves.
  private record Draft(Selection selection, String source, List<Node> nodes) {}

  private Program generate() {
    collectConstants();
    List<Node> launched = graph.nodes().stream().filter(this::isLaunched).toList();
    SequencedMap<String, Draft> drafts = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    List<List<Argument>> arguments = new ArrayList<>();
    SequencedMap<String, Supplier<Tensor>> stored = new LinkedHashMap<>();
    for (Selected selected : selectAll(launched)) {
      Selection selection = selected.orThrow();
      Candidate chosen = selection.chosen();
      String source = chosen.instance().source(library);
      String key = source + chosen.grid() + chosen.block() + chosen.sharedBytes();
      drafts
          .computeIfAbsent(key, _ -> new Draft(selection, source, new ArrayList<>()))
          .nodes()
          .add(selected.node());
      keys.add(key);
      arguments.add(chosen.arguments());
      weights(chosen).forEach(stored::putIfAbsent);
    }
    keep(stored);
    SequencedMap<String, GeneratedKernel> kernels = kernels(drafts);
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      GeneratedKernel kernel = kernels.get(keys.get(i));
      if (kernel != null) {
        // The first one follows copies, whose end it must await in full.
        boolean programmatic = kernel.work().ordering().programmatic() && !launches.isEmpty();
        KernelWork.Ordering order = kernel.work().ordering();
        Estimate estimate =
            model.estimate(
                kernel
                    .work()
                    .ordered(new KernelWork.Ordering(programmatic, order.clusterBlocks())));
        launches.add(
            new Launch(
                kernel, arguments.get(i), launched.get(i).location(), programmatic, estimate));
      }
    }
    return new Program(List.copyOf(kernels.values()), launches, weights);
  }

  private boolean isLaunched(Node node) {
    return !(node.op() instanceof Constant
        || aliases.containsAll(node.results())
        || node.results().stream().allMatch(result -> result.shape().elementCount() == 0));
  }

  /// What was found for a node: a selection, or why there is none.
  private record Selected(
      Node node, Optional<Selection> selection, Optional<CodegenException> refusal) {
    Selection orThrow() {
      return selection.orElseThrow(refusal::orElseThrow);
    }
  }

  /// Nodes know nothing of each other, so that each is selected for by itself.
  private List<Selected> selectAll(List<Node> nodes) {
    return nodes.parallelStream()
        .map(node -> {
          try {
            return new Selected(node, Optional.of(select(node)), Optional.empty());
          } catch (CodegenException e) {
            return new Selected(node, Optional.empty(), Optional.of(e));
          }
        })
        .toList();
  }

  private Selection select(Node node) {
    LoweringContext context = new LoweringContext(node, model, constants, library);
    if (varied == null || !node.results().contains(varied)) {
      return questions
          .choice(node, constants.keySet())
          .map(question -> Selection.best(question, predictions, Lowerings::candidates, context))
          .orElseGet(() -> Selection.best(Lowerings.candidates(context), model, context));
    }
    List<Selection> ranked = Selection.ranked(Lowerings.candidates(context), model, context);
    usable = ranked.size();
    return pick.from(ranked);
  }

  private void collectConstants() {
    Set<String> used = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant(String label, Tensor tensor)) {
        String base = label.isEmpty() ? "constant" : label;
        String name = base;
        for (int i = 1; !used.add(name); i++) {
          name = base + "." + i;
        }
        constants.put(node.result(), new KnownConstant(name, tensor));
      }
    }
  }

  /// The weights of a kernel, by name, to be packed where it wants them packed.
  private SequencedMap<String, Supplier<Tensor>> weights(Candidate chosen) {
    SequencedMap<String, Supplier<Tensor>> wanted = new LinkedHashMap<>();
    for (Argument argument : chosen.arguments()) {
      if (argument instanceof Argument.Weight(String name)) {
        wanted.put(name, chosen.packed().getOrDefault(name, () -> constant(name)));
      }
    }
    return wanted;
  }

  private void keep(SequencedMap<String, Supplier<Tensor>> stored) {
    List<Tensor> tensors = stored.values().parallelStream().map(Supplier::get).toList();
    Iterator<Tensor> next = tensors.iterator();
    stored.keySet().forEach(name -> weights.put(name, next.next()));
  }

  /// A constant as it lies in memory: in the layout of its value.
  private Tensor constant(String name) {
    for (Map.Entry<Value, KnownConstant> entry : constants.entrySet()) {
      if (entry.getValue().name().equals(name)) {
        Tensor tensor = entry.getValue().tensor();
        Layout layout = entry.getKey().type().layout();
        return layout.isRowMajor() ? tensor : StoredTensor.store(tensor, layout);
      }
    }
    throw new CodegenException("weight '" + name + "' is unknown");
  }

  private SequencedMap<String, GeneratedKernel> kernels(SequencedMap<String, Draft> drafts) {
    SequencedMap<String, GeneratedKernel> kernels = new LinkedHashMap<>();
    Set<String> used = new HashSet<>();
    drafts.forEach((key, draft) -> {
      String name = KernelName.of(draft.nodes().getFirst(), key, used);
      Candidate chosen = draft.selection().chosen();
      Decision decision = draft.selection().decision().withNotes(notes(draft.nodes()));
      String source =
          KernelHeader.text(name, draft.nodes(), new Selection(chosen, decision), device)
              + TemplateInstance.named(draft.source(), name);
      kernels.put(
          key,
          new GeneratedKernel(
              name,
              source,
              chosen.grid(),
              chosen.block(),
              chosen.sharedBytes(),
              decision,
              chosen.work()));
    });
    return kernels;
  }

  private List<String> notes(List<Node> nodes) {
    return nodes.stream().map(node -> notes.get(node.location())).filter(Objects::nonNull).toList();
  }
}
