package dev.tuckerc.ptx;

import java.util.List;
import java.util.Map;

/// A kernel (`.entry`) or device function (`.func`).
///
/// @param name symbol
/// @param entry whether it is a kernel
/// @param defined whether it has a body
/// @param results return parameters
/// @param parameters in order
/// @param registers type by register name
/// @param variables variables declared in the body, call parameters included
/// @param instructions in order
/// @param labels instruction index by label; the end of the list is a valid index
/// @param branchTargets label lists of `brx.idx` tables
/// @param directives performance directives such as `maxntid` with their numbers
/// @param position of the header
public record PtxFunction(
    String name,
    boolean entry,
    boolean defined,
    List<PtxVariable> results,
    List<PtxVariable> parameters,
    Map<String, String> registers,
    List<PtxVariable> variables,
    List<PtxInstruction> instructions,
    Map<String, Integer> labels,
    Map<String, List<String>> branchTargets,
    Map<String, List<Integer>> directives,
    SourcePosition position) {

  /// Most threads of a block by `.maxntid`, or 0 where the function sets no limit.
  public int mostThreads() {
    List<Integer> extents = directives.get("maxntid");
    return extents == null
        ? 0
        : extents.stream().reduce(1, (threads, extent) -> threads * Math.max(1, extent));
  }
}
