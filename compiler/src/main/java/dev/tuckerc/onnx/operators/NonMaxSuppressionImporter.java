package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Indices of the boxes that no better box overlaps much. Their number is part of the shape, so
/// boxes and scores must be known.
public final class NonMaxSuppressionImporter {
  private static final String NEEDED = "an input, on which the result's shape depends,";

  /// `[batches, boxes, 4]`
  private final List<Double> boxes;

  private final boolean centred;

  private NonMaxSuppressionImporter(List<Double> boxes, boolean centred) {
    this.boxes = boxes;
    this.centred = centred;
  }

  static Value importNode(OperatorContext node) {
    Contents boxes = node.contents(0, NEEDED);
    Contents scores = node.contents(1, NEEDED);
    if (boxes.shape().size() != 3 || scores.shape().size() != 3 || boxes.shape().get(2) != 4) {
      throw new IrException(
          "boxes " + node.input(0).type() + " and scores " + node.input(1).type());
    }
    long most = node.optionalIntegers(2, "the number of boxes").map(List::getFirst).orElse(0L);
    double overlap = node.optional(3).isPresent() ? node.reals(3, "threshold").getFirst() : 0;
    double score =
        node.optional(4).isPresent()
            ? node.reals(4, "threshold").getFirst()
            : Double.NEGATIVE_INFINITY;
    NonMaxSuppressionImporter suppression =
        new NonMaxSuppressionImporter(
            node.reals(0, "boxes"), node.attributes().flag("center_point_box", false));
    List<Double> all = node.reals(1, "scores");
    int count = Math.toIntExact(boxes.shape().get(1));
    List<Long> selected = new ArrayList<>();
    for (long batch = 0; batch < scores.shape().get(0); batch++) {
      for (long type = 0; type < scores.shape().get(1); type++) {
        int from = Math.toIntExact((batch * scores.shape().get(1) + type) * count);
        int first = Math.toIntExact(batch * count);
        for (int box :
            suppression.select(all.subList(from, from + count), first, most, overlap, score)) {
          selected.addAll(List.of(batch, type, (long) box));
        }
      }
    }
    return node.longs(
        List.of(selected.size() / 3L, 3L), selected.stream().mapToLong(Long::longValue).toArray());
  }

  /// The boxes of one class, the best first.
  private List<Integer> select(
      List<Double> scores, int first, long most, double overlap, double least) {
    List<Integer> candidates =
        IntStream.range(0, scores.size())
            .boxed()
            .filter(i -> scores.get(i) > least)
            .sorted(Comparator.comparing((Integer i) -> scores.get(i)).reversed())
            .toList();
    List<Integer> kept = new ArrayList<>();
    for (int candidate : candidates) {
      if (kept.size() < most
          && kept.stream().noneMatch(k -> overlap(first + k, first + candidate) > overlap)) {
        kept.add(candidate);
      }
    }
    return kept;
  }

  /// Intersection over union.
  private double overlap(int a, int b) {
    double[] p = corners(a);
    double[] q = corners(b);
    double height = Math.min(p[2], q[2]) - Math.max(p[0], q[0]);
    double width = Math.min(p[3], q[3]) - Math.max(p[1], q[1]);
    if (height <= 0 || width <= 0) {
      return 0;
    }
    double both = height * width;
    return both / (area(p) + area(q) - both);
  }

  private static double area(double[] box) {
    return (box[2] - box[0]) * (box[3] - box[1]);
  }

  /// Lower, then upper corner of a box, each as two coordinates.
  private double[] corners(int box) {
    double[] v = new double[4];
    for (int i = 0; i < 4; i++) {
      v[i] = boxes.get(4 * box + i);
    }
    if (centred) {
      return new double[] {v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2};
    }
    return new double[] {
      Math.min(v[0], v[2]), Math.min(v[1], v[3]), Math.max(v[0], v[2]), Math.max(v[1], v[3])
    };
  }
}
