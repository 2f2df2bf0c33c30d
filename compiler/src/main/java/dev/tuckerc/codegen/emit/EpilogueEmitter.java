package dev.tuckerc.codegen.emit;

import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.IntStream;

/// Writes the code that turns sums of a matrix product or convolution into stored results.
///
/// The code stands in a hole of a template and uses the template's variables `z` (batch), `row`,
/// `channel` (the first of `width` neighbouring ones, a multiple of `width`) and `value[lane]` (the
/// sums). It applies the body, whose `x0` is the sum and whose `x1`, `x2`, ... are read from
/// memory, and stores what lies within the tensor. Accesses are packed where layouts allow.
/// [#compute] leaves the results where the sums were, for a kernel that uses them itself.
///
/// @param batchExtents extents of the batch axes, slowest first
/// @param rowExtents extents of the row axes, slowest first
/// @param channels number of channels
public record EpilogueEmitter(List<Long> batchExtents, List<Long> rowExtents, long channels) {

  /// Code of an epilogue and the helper files it needs.
  public record Emitted(String code, SequencedSet<String> helpers) {}

  /// Emits an epilogue.
  ///
  /// @param body of `x0` (the sum) and the operands
  /// @param sumType element type of `x0` in the graph
  /// @param sum the sum as a value of that type, an expression over `value[lane]`
  /// @param operands `x1`, `x2`, ...
  /// @param width neighbouring channels of one group
  public Emitted emit(
      ScalarExpression body,
      DataType sumType,
      String sum,
      List<OutputOperand> operands,
      OutputOperand result,
      int width) {
    return emit(body, sumType, sum, operands, Optional.of(result), width);
  }

  /// Emits the same without the store: each result replaces its sum, not yet rounded to a 16-bit
  /// type, and is 0 beyond the last channel.
  public Emitted compute(
      ScalarExpression body, DataType sumType, List<OutputOperand> operands, int width) {
    return emit(body, sumType, "value[lane]", operands, Optional.empty(), width);
  }

  private Emitted emit(
      ScalarExpression body,
      DataType sumType,
      String sum,
      List<OutputOperand> operands,
      Optional<OutputOperand> target,
      int width) {
    SequencedSet<String> helpers = new LinkedHashSet<>();
    List<OutputOperand> tensors = new ArrayList<>(operands);
    target.ifPresent(tensors::add);
    IndexEmitter batch =
        new IndexEmitter(batchExtents, tensors.stream().map(OutputOperand::batch).toList())
            .merged();
    IndexEmitter rows =
        new IndexEmitter(rowExtents, tensors.stream().map(OutputOperand::row).toList()).merged();
    List<String> before = new ArrayList<>();
    before.addAll(split(batch, "z", "z"));
    before.addAll(split(rows, "row", "r"));
    boolean whole = channels % width == 0;
    List<String> compute = new ArrayList<>();
    List<DataType> types = new ArrayList<>();
    List<String> values = new ArrayList<>();
    types.add(sumType);
    values.add(sum);
    for (int i = 0; i < operands.size(); i++) {
      OutputOperand operand = operands.get(i);
      CudaType type = CudaType.of(operand.type());
      type.helper().ifPresent(helpers::add);
      String offset = offset(batch, rows, i, operand.channel());
      String name = "v" + (i + 1);
      String declaration = "const " + type.compute() + " " + name + " = ";
      if (operand.channel() == 0) {
        before.add(declaration + type.load(operand.pointer() + "[" + offset + "]") + ";");
      } else if (whole && operand.packs(width)) {
        String packed = "Packed<" + type.storage() + ", " + width + ">";
        helpers.add("packed.cuh");
        before.add(
            "const auto p%d = *reinterpret_cast<const %s*>(%s + %s);"
                .formatted(i + 1, packed, operand.pointer(), offset));
        compute.add(declaration + type.load("p" + (i + 1) + ".value[lane]") + ";");
      } else {
        String element = operand.pointer() + "[" + offset + lane(operand.channel()) + "]";
        compute.add(declaration + type.load(element) + ";");
      }
      types.add(operand.expressionType());
      values.add(name);
    }
    EmittedScalar scalar = ScalarExpressionEmitter.emitStored(body, types, values, "t");
    helpers.addAll(scalar.helpers());
    compute.addAll(scalar.statements());
    if (target.isEmpty()) {
      compute.add("value[lane] = " + scalar.result() + ";");
      return new Emitted(String.join("\n", kept(before, compute, whole, width)), helpers);
    }
    OutputOperand result = target.get();
    CudaType type = CudaType.of(result.type());
    type.helper().ifPresent(helpers::add);
    String stored = type.store(scalar.result());
    String offset = offset(batch, rows, operands.size(), result.channel());
    boolean packs = whole && result.packs(width);
    List<String> lines = new ArrayList<>();
    if (whole) {
      lines.add("if (channel < " + channels + "u) {");
      before.forEach(statement -> lines.add("  " + statement));
      if (packs) {
        helpers.add("packed.cuh");
        lines.add("  Packed<%s, %d> packed;".formatted(type.storage(), width));
        compute.add("packed.value[lane] = " + stored + ";");
      } else {
        compute.add(store(result, offset, stored));
      }
      loop(lines, "  ", "", width, compute);
      if (packs) {
        lines.add(
            "  *reinterpret_cast<Packed<%s, %d>*>(%s + %s) = packed;"
                .formatted(type.storage(), width, result.pointer(), offset));
      }
      lines.add("}");
    } else {
      lines.addAll(before);
      compute.add(store(result, offset, stored));
      loop(lines, "", "if (channel + lane >= " + channels + "u) break;", width, compute);
    }
    return new Emitted(String.join("\n", lines), helpers);
  }

  /// The loop over the lanes of a group that stay where they are.
  private List<String> kept(List<String> before, List<String> compute, boolean whole, int width) {
    List<String> lines = new ArrayList<>(before);
    if (!whole) {
      compute.addFirst("if (channel + lane >= " + channels + "u) { value[lane] = 0; continue; }");
    }
    loop(lines, "", "", width, compute);
    return lines;
  }

  private static void loop(
      List<String> lines, String indentation, String guard, int width, List<String> body) {
    lines.add("#pragma unroll");
    lines.add(indentation + "for (int lane = 0; lane < " + width + "; lane++) {");
    if (!guard.isEmpty()) {
      lines.add(indentation + "  " + guard);
    }
    body.forEach(statement -> lines.add(indentation + "  " + statement));
    lines.add(indentation + "}");
  }

  private static String store(OutputOperand result, String offset, String value) {
    return result.pointer() + "[" + offset + lane(result.channel()) + "] = " + value + ";";
  }

  private static String lane(long stride) {
    return stride == 1 ? " + lane" : " + lane * " + stride;
  }

  private static List<String> split(IndexEmitter index, String linear, String prefix) {
    return index.extents().size() == 1
        ? List.of()
        : IndexEmitter.split(linear, index.extents(), names(index, linear, prefix));
  }

  private static List<String> names(IndexEmitter index, String linear, String prefix) {
    return index.extents().size() == 1
        ? List.of(linear)
        : IntStream.range(0, index.extents().size()).mapToObj(axis -> prefix + axis).toList();
  }

  private static String offset(IndexEmitter batch, IndexEmitter rows, int tensor, long channel) {
    List<String> coordinates = new ArrayList<>(names(batch, "z", "z"));
    coordinates.addAll(names(rows, "row", "r"));
    coordinates.add("channel");
    List<Long> strides = new ArrayList<>(batch.strides().get(tensor));
    strides.addAll(rows.strides().get(tensor));
    strides.add(channel);
    return IndexEmitter.linear(coordinates, strides);
  }
}
