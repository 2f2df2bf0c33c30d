package dev.tuckerc.emulator.decode;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxInstruction;
import dev.tuckerc.ptx.PtxOperand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Basic blocks of a function and their immediate post-dominators.
///
/// A conditional branch to a block that only returns is treated as a conditional return: the lanes
/// leave at once, and those that stay remain converged.
final class ControlFlow {
  private static final Set<String> ENDS =
      Set.of("bra", "brx", "ret", "exit", "call", "bar", "barrier", "trap");

  /// One basic block: instructions `from` to `to`, exclusive.
  ///
  /// @param successors blocks; [#EXIT] stands for leaving the function
  /// @param leaves whether its last instruction is a (possibly guarded) return
  record Node(int from, int to, List<Integer> successors, boolean leaves) {}

  /// The virtual block after every return.
  static final int EXIT = -1;

  final List<Node> nodes = new ArrayList<>();

  /// By block: the immediate post-dominator, or [#EXIT].
  final int[] join;

  private final PtxFunction function;
  private final String label;
  private final int[] blockAt;

  /// @param cuts instructions at which a block must begin and end
  ControlFlow(PtxFunction function, String label, Set<Integer> cuts) {
    this.function = function;
    this.label = label;
    List<PtxInstruction> code = function.instructions();
    TreeSet<Integer> leaders = new TreeSet<>();
    leaders.add(0);
    function.labels().values().forEach(leaders::add);
    for (int cut : cuts) {
      leaders.add(cut);
    }
    for (int i = 0; i < code.size(); i++) {
      if (endsBlock(code.get(i))) {
        leaders.add(i + 1);
      }
    }
    leaders.add(code.size());
    // The end of the body is a return.
    List<Integer> starts = new ArrayList<>(leaders);
    blockAt = new int[code.size() + 1];
    for (int b = 0; b < starts.size(); b++) {
      int to = b + 1 < starts.size() ? starts.get(b + 1) : code.size();
      for (int i = starts.get(b); i < to; i++) {
        blockAt[i] = b;
      }
    }
    blockAt[code.size()] = starts.size() - 1;
    for (int b = 0; b < starts.size(); b++) {
      int to = b + 1 < starts.size() ? starts.get(b + 1) : code.size();
      nodes.add(node(starts.get(b), to, b));
    }
    join = postDominators();
  }

  static boolean endsBlock(PtxInstruction instruction) {
    return ENDS.contains(instruction.base()) || instruction.opcode().equals("griddepcontrol.wait");
  }

  /// Whether control that reaches the block does nothing but return.
  boolean onlyReturns(int block) {
    Node node = nodes.get(block);
    if (node.from == node.to) {
      return block == nodes.size() - 1;
    }
    PtxInstruction first = function.instructions().get(node.from);
    return first.guard() == null && (first.base().equals("ret") || first.base().equals("exit"));
  }

  /// The block a label stands at.
  int target(PtxInstruction branch, PtxOperand operand) {
    if (operand instanceof PtxOperand.Symbol symbol) {
      Integer at = function.labels().get(symbol.name());
      if (at != null) {
        return blockAt[at];
      }
    }
    throw new DeviceException(
        label + ": " + branch.position() + ": " + branch.opcode() + " to an unknown label");
  }

  private Node node(int from, int to, int block) {
    if (from == to) {
      return new Node(from, to, List.of(EXIT), true);
    }
    PtxInstruction last = function.instructions().get(to - 1);
    if (last.base().startsWith("br") && last.operands().isEmpty()) {
      throw new DeviceException(
          label + ": " + last.position() + ": " + last.opcode() + " without a target");
    }
    int next = block + 1;
    List<Integer> successors = new ArrayList<>();
    boolean leaves = false;
    switch (last.base()) {
      case "ret", "exit" -> {
        leaves = true;
        successors.add(last.guard() == null ? EXIT : next);
      }
      case "bra" -> {
        if (last.guard() != null) {
          successors.add(next);
        }
        int target = target(last, last.operands().getFirst());
        if (!successors.contains(target)) {
          successors.add(target);
        }
      }
      case "brx" -> {
        for (String name : table(last)) {
          int target = target(last, new PtxOperand.Symbol(name, 0));
          if (!successors.contains(target)) {
            successors.add(target);
          }
        }
      }
      default -> successors.add(next);
    }
    return new Node(from, to, successors, leaves);
  }

  /// Labels of a `brx.idx` table.
  List<String> table(PtxInstruction branch) {
    if (branch.operands().size() == 2
        && branch.operands().get(1) instanceof PtxOperand.Symbol symbol
        && function.branchTargets().get(symbol.name()) != null) {
      return function.branchTargets().get(symbol.name());
    }
    throw new DeviceException(
        label
            + ": "
            + branch.position()
            + ": "
            + branch.opcode()
            + " without a .branchtargets table");
  }

  /// Whether the branch at the end of the block is one whose taken lanes just return.
  boolean returnsConditionally(int block) {
    Node node = nodes.get(block);
    if (node.from == node.to) {
      return false;
    }
    PtxInstruction last = function.instructions().get(node.to - 1);
    return last.base().equals("bra")
        && last.guard() != null
        && onlyReturns(target(last, last.operands().getFirst()));
  }

  /// Successors with conditional returns taken as falling through.
  List<Integer> flow(int block) {
    return returnsConditionally(block) ? List.of(block + 1) : nodes.get(block).successors;
  }

  /// Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", on the reversed graph.
  private int[] postDominators() {
    int n = nodes.size();
    List<List<Integer>> predecessors = new ArrayList<>();
    for (int b = 0; b <= n; b++) {
      predecessors.add(new ArrayList<>());
    }
    for (int b = 0; b < n; b++) {
      for (int s : flow(b)) {
        predecessors.get(s == EXIT ? n : s).add(b);
      }
    }
    int[] order = new int[n + 1];
    Arrays.fill(order, -1);
    List<Integer> post = new ArrayList<>();
    BitSet seen = new BitSet();
    List<int[]> stack = new ArrayList<>();
    stack.add(new int[] {n, 0});
    seen.set(n);
    while (!stack.isEmpty()) {
      int[] top = stack.getLast();
      List<Integer> edges = predecessors.get(top[0]);
      if (top[1] < edges.size()) {
        int next = edges.get(top[1]++);
        if (!seen.get(next)) {
          seen.set(next);
          stack.add(new int[] {next, 0});
        }
      } else {
        order[top[0]] = post.size();
        post.add(top[0]);
        stack.removeLast();
      }
    }
    int[] dominator = new int[n + 1];
    Arrays.fill(dominator, -1);
    dominator[n] = n;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int k = post.size() - 2; k >= 0; k--) {
        int b = post.get(k);
        int best = -1;
        for (int s : flow(b)) {
          int t = s == EXIT ? n : s;
          if (dominator[t] >= 0) {
            best = best < 0 ? t : intersect(t, best, dominator, order);
          }
        }
        if (best >= 0 && dominator[b] != best) {
          dominator[b] = best;
          changed = true;
        }
      }
    }
    int[] result = new int[n];
    for (int b = 0; b < n; b++) {
      // A block that never reaches a return (an endless loop) has no post-dominator.
      result[b] = dominator[b] == n || dominator[b] < 0 ? EXIT : dominator[b];
    }
    return result;
  }

  private static int intersect(int a, int b, int[] dominator, int[] order) {
    int x = a;
    int y = b;
    while (x != y) {
      while (order[x] < order[y]) {
        x = dominator[x];
      }
      while (order[y] < order[x]) {
        y = dominator[y];
      }
    }
    return x;
  }
}
