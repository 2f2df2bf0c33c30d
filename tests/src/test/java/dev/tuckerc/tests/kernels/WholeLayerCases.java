package dev.tuckerc.tests.kernels;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Recurrence;
import dev.tuckerc.ir.RecurrentActivation;
import dev.tuckerc.ir.RecurrentActivation.Function;
import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.lab.grid.KernelCase.Instance;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.JoinedSumsKernelTest.Block;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Graphs of one kernel that stand for whole layers, large enough for their counters to mean
/// something. Their names begin with the kernel's template.
final class WholeLayerCases {
  private WholeLayerCases() {}

  static Map<String, Instance> all() {
    Map<String, Instance> cases = new LinkedHashMap<>();
    for (DataType type : List.of(DataType.F16, DataType.F32)) {
      ConvolutionShape core = ConvolutionShape.of(type, 32, 32, 14, 3);
      add(cases, "core-expand-reduce", core, 64, 32);
      add(cases, "odd-channels", ConvolutionShape.of(type, 24, 40, 15, 3), 72);
      add(cases, "strided", core.step(2).times(2), 96, 16);
      add(cases, "pointwise", ConvolutionShape.of(type, 64, 48, 12, 1), 128, 32);
      add(cases, "wide-image", ConvolutionShape.of(type, 8, 16, 9, 3).sized(33, 200), 24);
      add(cases, "grouped", ConvolutionShape.of(type, 64, 64, 14, 3).grouped(16), 96, 32);
      add(cases, "grouped-odd", ConvolutionShape.of(type, 72, 96, 15, 3).grouped(6).step(2), 40);
      add(cases, "grouped-wide", ConvolutionShape.of(type, 256, 256, 14, 3).grouped(32), 256);
      add(cases, "depthwise", depthwise(type, 64, 14), 32, 96);
      add(cases, "depthwise-strided", depthwise(type, 144, 15).step(2), 24, 72);
    }
    ConvolutionShape half = ConvolutionShape.of(DataType.F16, 32, 32, 14, 3);
    joined(cases, "region.mma/joined", Block.of(half, 48, 2, 96, 32).joinedAt(1));
    joined(cases, "gemm.mma/joined", Block.of(half, 64, 2));
    image(cases, "region.mma/image", ConvolutionShape.of(DataType.F16, 3, 40, 46, 7).step(2));
    image(cases, "region.mma/image-step-1", ConvolutionShape.of(DataType.F16, 3, 40, 46, 3));
    cases.put("gemm.mma/sliced", few(ConvolutionShape.of(DataType.F16, 256, 96, 8, 3)));
    for (Recurrence.Kind kind : Recurrence.Kind.values()) {
      CaseBuilder b = new CaseBuilder(kind.ordinal());
      Value result = b.add(recurrence(b, kind), Layout.ROW_MAJOR);
      cases.put("recurrence/" + kind, new Instance(b.graph(result), result, b.feeds()));
    }
    return cases;
  }

  /// A first convolution that reads an image.
  private static void image(Map<String, Instance> cases, String name, ConvolutionShape stem) {
    CaseBuilder b = new CaseBuilder(1);
    Graph graph = ImageRegionKernelTest.build(b, stem, ImageRegionKernelTest.image(b, stem));
    cases.put(name, new Instance(graph, graph.outputs().getFirst().value(), b.feeds()));
  }

  /// A convolution of so few results that several blocks share out the terms of each.
  private static Instance few(ConvolutionShape shape) {
    CaseBuilder b = new CaseBuilder(shape.text().hashCode());
    Graph graph = shape.build(b);
    return new Instance(graph, graph.outputs().getFirst().value(), b.feeds());
  }

  /// The end of a residual block.
  private static void joined(Map<String, Instance> cases, String name, Block block) {
    CaseBuilder b = new CaseBuilder(name.hashCode());
    Graph graph = block.build(b);
    cases.put(name, new Instance(graph, graph.outputs().getFirst().value(), b.feeds()));
  }

  private static ConvolutionShape depthwise(DataType type, long channels, long size) {
    return ConvolutionShape.of(type, channels, channels, size, 3).grouped(channels);
  }

  /// A convolution and products after it; the first product adds a residual.
  private static void add(
      Map<String, Instance> cases, String name, ConvolutionShape first, long... products) {
    CaseBuilder b = new CaseBuilder(name.hashCode());
    Value x =
        b.input(
            first.type(), Layout.NHWC, first.batch(), first.in(), first.height(), first.width());
    Value last = first.add(b, x);
    for (int i = 0; i < products.length; i++) {
      ConvolutionShape product =
          ConvolutionShape.of(first.type(), last.shape().extent(1), products[i], 1, 1)
              .sized(last.shape().extent(2), last.shape().extent(3))
              .times(last.shape().extent(0))
              .finished(i == 0 ? Finish.RESIDUAL_RELU : Finish.BIAS);
      last = product.add(b, last);
    }
    Graph graph = RegionCases.asRegion(b.graph(last));
    Value result = graph.outputs().getFirst().value();
    String template = first.type() == DataType.F16 ? "region.mma/" : "region.simt/";
    cases.put(template + name, new Instance(graph, result, b.feeds()));
  }

  private static Recurrence recurrence(CaseBuilder b, Recurrence.Kind kind) {
    long hidden = 64;
    long columns = kind.gates() * hidden;
    return new Recurrence(
        kind,
        b.input(DataType.F32, Layout.ROW_MAJOR, 6, 2, columns),
        b.constant(DataType.F32, hidden, columns),
        b.constant(DataType.F32, columns),
        b.input(DataType.F32, Layout.ROW_MAJOR, kind.states(), 2, hidden),
        Optional.empty(),
        Optional.empty(),
        Collections.nCopies(kind.activations(), new RecurrentActivation(Function.SIGMOID, 0, 0)),
        Double.POSITIVE_INFINITY,
        false,
        false);
  }
}
