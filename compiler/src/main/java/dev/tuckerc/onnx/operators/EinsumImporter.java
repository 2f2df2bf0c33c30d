package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/// Einstein summation. Operands are combined from left to right; each combination is a batched
/// matrix product.
public final class EinsumImporter {
  /// Stands for one axis of an ellipsis, counted from the last.
  private static final char ELLIPSIS = '0';

  /// A value with one label per axis.
  private record Labelled(Value value, List<Character> labels) {}

  private EinsumImporter() {}

  static Value importNode(OperatorContext node) {
    String equation = node.attributes().text("equation", "").replace(" ", "");
    int arrow = equation.indexOf("->");
    String[] terms = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
    List<Value> inputs = node.inputs();
    if (terms.length != inputs.size()) {
      throw new IrException(
          "equation '" + equation + "' does not match " + inputs.size() + " inputs");
    }
    List<Labelled> operands = new ArrayList<>();
    for (int i = 0; i < terms.length; i++) {
      List<Character> labels = labels(terms[i], inputs.get(i).shape().rank());
      operands.add(diagonal(node, new Labelled(inputs.get(i), labels)));
    }
    List<Character> output =
        arrow < 0 ? implicit(operands) : outputLabels(equation.substring(arrow + 2), operands);
    Labelled result = operands.getFirst();
    for (int i = 1; i < operands.size(); i++) {
      List<Character> kept = new ArrayList<>(output);
      operands.subList(i + 1, operands.size()).forEach(o -> kept.addAll(o.labels()));
      result = combine(node, result, operands.get(i), kept);
    }
    result = sumExcept(node, result, output);
    return permute(node, result, output);
  }

  private static List<Character> labels(String term, int rank) {
    List<Character> labels = new ArrayList<>();
    int letters = term.replace("...", "").length();
    for (int i = 0; i < term.length(); i++) {
      char c = term.charAt(i);
      if (Character.isLetter(c)) {
        labels.add(c);
      } else if (term.startsWith("...", i)) {
        for (int axis = rank - letters - 1; axis >= 0; axis--) {
          labels.add((char) (ELLIPSIS + axis));
        }
        i += 2;
      } else {
        throw new IrException("unexpected '" + c + "' in the equation");
      }
    }
    if (labels.size() != rank) {
      throw new IrException("term '" + term + "' does not match rank " + rank);
    }
    return labels;
  }

  private static List<Character> outputLabels(String term, List<Labelled> operands) {
    int ellipsis = 0;
    for (Labelled operand : operands) {
      ellipsis =
          Math.max(
              ellipsis, (int) operand.labels().stream().filter(EinsumImporter::isEllipsis).count());
    }
    int letters = term.replace("...", "").length();
    List<Character> labels = labels(term, letters + (term.contains("...") ? ellipsis : 0));
    for (char label : labels) {
      if (labels.indexOf(label) != labels.lastIndexOf(label)
          || operands.stream().noneMatch(o -> o.labels().contains(label))) {
        throw new IrException("label '" + label + "' of the output is repeated or unknown");
      }
    }
    return labels;
  }

  /// Without an arrow: ellipsis axes, then the labels that occur once, sorted.
  private static List<Character> implicit(List<Labelled> operands) {
    Map<Character, Integer> counts = new TreeMap<>();
    operands.forEach(o -> o.labels().forEach(l -> counts.merge(l, 1, Integer::sum)));
    List<Character> labels = new ArrayList<>();
    counts.keySet().stream()
        .filter(EinsumImporter::isEllipsis)
        .sorted(java.util.Comparator.reverseOrder())
        .forEach(labels::add);
    counts.forEach((label, count) -> {
      if (count == 1 && !isEllipsis(label)) {
        labels.add(label);
      }
    });
    return labels;
  }

  private static boolean isEllipsis(char label) {
    return label < 'A';
  }

  /// Takes the diagonal over axes with one label.
  private static Labelled diagonal(OperatorContext node, Labelled operand) {
    List<Character> labels = new ArrayList<>(operand.labels());
    Value value = operand.value();
    for (int second = 1; second < labels.size(); second++) {
      int first = labels.indexOf(labels.get(second));
      if (first == second) {
        continue;
      }
      // Bring both axes to the front, make them one, pick every (n+1)th element.
      List<Long> permutation = new ArrayList<>(LongStream.range(0, labels.size()).boxed().toList());
      permutation.remove(second);
      permutation.remove(first);
      permutation.add(0, (long) second);
      permutation.add(0, (long) first);
      Value front = node.transpose(value, permutation);
      long n = front.shape().extent(0);
      if (front.shape().extent(1) != n) {
        throw new IrException("label '" + labels.get(second) + "' stands for different extents");
      }
      List<Dim> dims = new ArrayList<>(front.shape().dims().subList(2, labels.size()));
      dims.addFirst(Dim.of(n * n));
      Value flat = node.reshape(front, new Shape(dims));
      long[] picks = LongStream.range(0, n).map(i -> i * (n + 1)).toArray();
      value = node.emit(new Gather(flat, node.longs(List.of(n), picks), 0));
      char label = labels.remove(second);
      labels.remove(first);
      labels.addFirst(label);
      second = 0;
    }
    return new Labelled(value, labels);
  }

  private static Labelled sumExcept(OperatorContext node, Labelled operand, List<Character> kept) {
    List<Long> axes = new ArrayList<>();
    List<Character> labels = new ArrayList<>();
    for (int axis = 0; axis < operand.labels().size(); axis++) {
      if (kept.contains(operand.labels().get(axis))) {
        labels.add(operand.labels().get(axis));
      } else {
        axes.add((long) axis);
      }
    }
    return new Labelled(node.reduce(Reduce.Kind.SUM, operand.value(), axes, false), labels);
  }

  /// Combines two operands, summing over the labels that nothing needs any more.
  private static Labelled combine(
      OperatorContext node, Labelled left, Labelled right, List<Character> kept) {
    List<Character> forLeft = new ArrayList<>(kept);
    forLeft.addAll(right.labels());
    List<Character> forRight = new ArrayList<>(kept);
    forRight.addAll(left.labels());
    Labelled a = sumExcept(node, left, forLeft);
    Labelled b = sumExcept(node, right, forRight);
    List<Character> batch = new ArrayList<>();
    List<Character> summed = new ArrayList<>();
    List<Character> rows = new ArrayList<>();
    for (char label : a.labels()) {
      (!b.labels().contains(label) ? rows : kept.contains(label) ? batch : summed).add(label);
    }
    List<Character> columns = b.labels().stream().filter(l -> !a.labels().contains(l)).toList();
    Map<Character, Dim> dims = extents(a, b);
    List<Character> labels = join(batch, rows, columns);
    if (summed.isEmpty() && columns.isEmpty() && rows.isEmpty()) {
      Value product =
          node.pointwise(multiply(x(0), x(1)), permute(node, a, batch), permute(node, b, batch));
      return new Labelled(product, labels);
    }
    List<Dim> batchDims = batch.stream().map(dims::get).toList();
    Value m =
        matrix(
            node,
            permute(node, a, join(batch, rows, summed)),
            batchDims,
            rows,
            summed,
            dims,
            batch.size());
    Value n =
        matrix(
            node,
            permute(node, b, join(batch, summed, columns)),
            batchDims,
            summed,
            columns,
            dims,
            batch.size());
    Value product = node.matMul(m, n);
    Shape shape = new Shape(labels.stream().map(dims::get).toList());
    return new Labelled(node.reshape(product, shape), labels);
  }

  private static Map<Character, Dim> extents(Labelled a, Labelled b) {
    Map<Character, Dim> dims = new LinkedHashMap<>();
    for (Labelled operand : List.of(a, b)) {
      for (int axis = 0; axis < operand.labels().size(); axis++) {
        Dim dim = operand.value().shape().dim(axis);
        Dim known = dims.putIfAbsent(operand.labels().get(axis), dim);
        if (known != null && !known.equals(dim)) {
          if (known.equals(Dim.of(1)) || dim.equals(Dim.of(1))) {
            throw OperatorContext.unsupported("broadcasting of a labelled axis");
          }
          throw new IrException(
              "label '" + operand.labels().get(axis) + "' stands for " + known + " and " + dim);
        }
      }
    }
    return dims;
  }

  /// One axis of rows and one of columns after the batch axes.
  private static Value matrix(
      OperatorContext node,
      Value value,
      List<Dim> batchDims,
      List<Character> rows,
      List<Character> columns,
      Map<Character, Dim> dims,
      int batch) {
    List<Dim> shape = new ArrayList<>(batchDims);
    shape.add(
        ActivationImporters.product(value.shape().dims().subList(batch, batch + rows.size())));
    shape.add(ActivationImporters.product(columns.stream().map(dims::get).toList()));
    return node.reshape(value, new Shape(shape));
  }

  private static Value permute(OperatorContext node, Labelled operand, List<Character> labels) {
    List<Long> permutation = labels.stream().map(l -> (long) operand.labels().indexOf(l)).toList();
    return node.transpose(operand.value(), permutation);
  }

  private static List<Character> join(List<Character> a, List<Character> b, List<Character> c) {
    List<Character> all = new ArrayList<>(a);
    all.addAll(b);
    all.addAll(c);
    return all;
  }
}
