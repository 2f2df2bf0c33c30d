package dev.tuckerc.transform.region;

import static dev.tuckerc.transform.testing.Equivalence.assertEquivalent;
import static dev.tuckerc.transform.testing.Equivalence.operations;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.text.IrParser;
import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.ir.text.Weights;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.layout.AssignLayouts;
import dev.tuckerc.transform.testing.FakeKernels;
import dev.tuckerc.transform.testing.GraphBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FormRegionsTest {
  private final GraphBuilder builder = new GraphBuilder();
  private PassContext context = context(FakeKernels.ANY_REGION);

  private static PassContext context(LayerCostModel model) {
    return PassContext.of(Precision.FP32).with(LayerCostModel.class, model);
  }

  /// A graph after layouts are assigned.
  private Graph laidOut(Value... results) {
    return new AssignLayouts().run(builder.graph(results), context);
  }

  private Graph formed(Value... results) {
    Graph before = laidOut(results);
    Graph after = new FormRegions().run(before, context);
    assertEquivalent(before, after, 0);
    return after;
  }

  private static List<List<String>> regions(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.op() instanceof Region)
        .map(node ->
            ((Region) node.op()).body().nodes().stream().map(n -> n.result().name()).toList())
        .toList();
  }

  private static Node region(Graph graph) {
    return graph.nodes().stream().filter(n -> n.op() instanceof Region).findFirst().orElseThrow();
  }

  @Test
  void aChainBecomesOneNode() {
    String before =
        """
        graph @g(%x: f32[1,2,8,8]{NHWC}, %skip: f32[1,2,4,4]{NHWC}) -> (%y, %s) {
          %a.weight = constant() {label="a.weight", value=<1.0, 2.0, 3.0, 4.0>} : f32[1,1,2,2]
          %b.weight = constant() {label="b.weight", value=<1.0, 2.0>} : f32[2,1,1,1]
          %c.weight = constant() {label="c.weight", value=<3.0, 4.0>} : f32[1,2,1,1]
          %t = conv(%x, %c.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,2,8,8]{NHWC}, f32[1,2,1,1]) -> f32[1,1,8,8]{NHWC}  loc(0: Conv "t")
          %core = conv(%t, %a.weight) {kernel=[2,2], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,1,8,8]{NHWC}, f32[1,1,2,2]) -> f32[1,1,4,4]{NHWC}  loc(2: Conv "b")
          %y = conv(%core, %b.weight, %skip) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x0 + x1)}} : (f32[1,1,4,4]{NHWC}, f32[2,1,1,1], f32[1,2,4,4]{NHWC}) -> f32[1,2,4,4]{NHWC}  loc(2: Conv "b", 3: Add "add")
          %s = conv(%y, %c.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,2,4,4]{NHWC}, f32[1,2,1,1]) -> f32[1,1,4,4]{NHWC}  loc(4: Conv "c")
        }
        """;
    String block =
        """
          %y, %s = region(%t, %a.weight, %b.weight, %skip, %c.weight) {body=(%t: f32[1,1,8,8]{NHWC}, %a.weight: f32[1,1,2,2], %b.weight: f32[2,1,1,1], %skip: f32[1,2,4,4]{NHWC}, %c.weight: f32[1,2,1,1]) -> (%y, %s) {
            %core = conv(%t, %a.weight) {kernel=[2,2], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,1,8,8]{NHWC}, f32[1,1,2,2]) -> f32[1,1,4,4]{NHWC}  loc(2: Conv "b")
            %y = conv(%core, %b.weight, %skip) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x0 + x1)}} : (f32[1,1,4,4]{NHWC}, f32[2,1,1,1], f32[1,2,4,4]{NHWC}) -> f32[1,2,4,4]{NHWC}  loc(2: Conv "b", 3: Add "add")
            %s = conv(%y, %c.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,2,4,4]{NHWC}, f32[1,2,1,1]) -> f32[1,1,4,4]{NHWC}  loc(4: Conv "c")
          }} : (f32[1,1,8,8]{NHWC}, f32[1,1,2,2], f32[2,1,1,1], f32[1,2,4,4]{NHWC}, f32[1,2,1,1]) -> (f32[1,2,4,4]{NHWC}, f32[1,1,4,4]{NHWC})  loc(2: Conv "b", 3: Add "add", 4: Conv "c")
        """;
    Graph parsed = IrParser.parse(before, Weights.NONE);
    // The first convolution stays apart: the second one reads a halo.
    Graph after = new FormRegions().run(parsed, context);
    assertEquivalent(parsed, after, 0);
    assertThat(IrPrinter.print(after))
        .isEqualTo(before.substring(0, before.indexOf("  %core")) + block + "}\n");
  }

  @Test
  void aRegionSaysWhatElseItMightBe() {
    context = context(new FakeKernels(names -> names.size() == 1 ? 2 : 3));
    Value a = builder.conv(builder.input("x", 1, 2, 4, 4), 2, 3, "a");
    Graph after = formed(builder.conv(a, 2, 1, "b"));
    assertThat(context.report(RegionReport.class).orElseThrow().notes())
        .isEqualTo(
            Map.of(
                region(after).location(),
                "one kernel for a + b; predicted 4.00 us as 2 kernels; "
                    + "best cut otherwise: a | b, 1.00 us slower"));
  }

  @Test
  void aShortcutIsAddedToTheLastProduct() {
    Graph before =
        IrParser.parse(
            """
            graph @g(%t: f32[1,1,4,4]{NHWC}, %skip: f32[1,2,8,8]{NHWC}) -> (%y, %z) {
              %a.weight = constant() {label="a.weight", value=<1.0, 2.0, 3.0, 4.0>} : f32[1,1,2,2]
              %b.weight = constant() {label="b.weight", value=<1.0, -2.0>} : f32[2,1,1,1]
              %c.weight = constant() {label="c.weight", value=<3.0, 4.0, -5.0, 6.0>} : f32[2,2,1,1]
              %d.weight = constant() {label="d.weight", value=<1.0, 1.0>} : f32[2,1,1,1]
              %core = conv(%t, %a.weight) {kernel=[2,2], stride=[1,1], pad=[0,0,1,1], dilation=[1,1], groups=1} : (f32[1,1,4,4]{NHWC}, f32[1,1,2,2]) -> f32[1,1,4,4]{NHWC}
              %b = conv(%core, %b.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f32[1,1,4,4]{NHWC}, f32[2,1,1,1]) -> f32[1,2,4,4]{NHWC}
              %y = conv(%skip, %c.weight, %b) {kernel=[1,1], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x1 + x0)}} : (f32[1,2,8,8]{NHWC}, f32[2,2,1,1], f32[1,2,4,4]{NHWC}) -> f32[1,2,4,4]{NHWC}
              %e = conv(%t, %d.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x0)}} : (f32[1,1,4,4]{NHWC}, f32[2,1,1,1]) -> f32[1,2,4,4]{NHWC}
              %z = conv(%skip, %c.weight, %e) {kernel=[1,1], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], groups=1, epilogue={relu(x1 + x0)}} : (f32[1,2,8,8]{NHWC}, f32[2,2,1,1], f32[1,2,4,4]{NHWC}) -> f32[1,2,4,4]{NHWC}
            }
            """,
            Weights.NONE);
    Graph after = new FormRegions().run(before, context);
    assertEquivalent(before, after, 0);
    // What is rectified before the shortcut comes to it is no sum to which products may be added.
    assertThat(regions(after)).containsExactly(List.of("core", "b", "y"));
  }

  @Test
  void theFirstConvolutionConvertsTheImage() {
    Graph before =
        IrParser.parse(
            """
            graph @g(%image: f32[1,1,6,6], %wide: f32[1,5,6,6]) -> (%y, %z) {
              %a.weight = constant() {label="a.weight", value=<1.0, 2.0, 3.0, 4.0>} : f16[1,1,2,2]
              %b.weight = constant() {label="b.weight", value=<1.0, 2.0, -1.0, 0.5, 3.0>} : f16[1,5,1,1]
              %x = pointwise(%image) {body={f16(x0)}} : (f32[1,1,6,6]) -> f16[1,1,6,6]{NHWC}
              %v = pointwise(%wide) {body={f16(x0)}} : (f32[1,5,6,6]) -> f16[1,5,6,6]{NHWC}
              %y = conv(%x, %a.weight) {kernel=[2,2], stride=[2,2], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f16[1,1,6,6]{NHWC}, f16[1,1,2,2]) -> f16[1,1,3,3]{NHWC}
              %z = conv(%v, %b.weight) {kernel=[1,1], stride=[1,1], pad=[0,0,0,0], dilation=[1,1], groups=1} : (f16[1,5,6,6]{NHWC}, f16[1,5,1,1]) -> f16[1,1,6,6]{NHWC}
            }
            """,
            Weights.NONE);
    Graph after = new FormRegions().run(before, context);
    assertEquivalent(before, after, 0);
    assertThat(regions(after)).containsExactly(List.of("x", "y"));
  }

  @Test
  void everyKindOfStageContinues() {
    Value x = builder.input("x", 1, 6, 9, 8);
    Value depthwise = builder.conv(x, 6, 3, 1, 1, 6, "depthwise");
    Value act = builder.relu(depthwise, "act");
    Value product = builder.conv(act, 4, 1, "product");
    Value pool =
        builder.add(
            new Pool(Pool.Kind.MAXIMUM, product, GraphBuilder.window(2, 2, 2, 0), false, false),
            "pool");
    Value scaled =
        builder.binary(BinaryFunction.MULTIPLY, builder.weight("s", 1, 4, 1, 1), pool, "scaled");
    Value spatial = builder.conv(scaled, 4, 3, "spatial");
    Value grouped = builder.conv(spatial, 4, 1, 1, 0, 2, "grouped");
    assertThat(regions(formed(builder.relu(grouped, "y"))))
        .containsExactly(
            List.of("depthwise", "act", "product", "pool", "scaled"),
            List.of("spatial", "grouped"));
  }

  @Test
  void groupsBegin() {
    Value x = builder.input("x", 1, 8, 6, 6);
    Value grouped = builder.conv(x, 12, 3, 1, 1, 4, "grouped");
    assertThat(regions(formed(builder.conv(grouped, 4, 1, "y"))))
        .containsExactly(List.of("grouped", "y"));
  }

  /// One weight for each channel is no product.
  @Test
  void depthwiseConvolutionsOnlyBegin() {
    Value a = builder.conv(builder.input("x", 1, 4, 6, 6), 6, 3, "a");
    assertThat(regions(formed(builder.conv(a, 6, 1, 1, 0, 6, "y")))).isEmpty();
  }

  @Test
  void aPoolOfPartialOrOverlappingWindowsDoesNot() {
    Value x = builder.input("x", 1, 4, 9, 9);
    Value a = builder.conv(x, 4, 3, "a");
    Value ceil =
        builder.add(
            new Pool(Pool.Kind.MAXIMUM, a, GraphBuilder.window(2, 2, 2, 0), true, false), "ceil");
    Value b = builder.conv(ceil, 4, 3, "b");
    Value wide =
        builder.add(
            new Pool(Pool.Kind.AVERAGE, b, GraphBuilder.window(2, 3, 2, 1), false, false), "wide");
    assertThat(regions(formed(wide))).isEmpty();
  }

  @Test
  void whatOthersReadAsWellIsAResult() {
    Value x = builder.input("x", 1, 4, 6, 6);
    Value a = builder.conv(x, 4, 3, "a");
    Value b = builder.conv(a, 4, 1, "b");
    Value c = builder.conv(b, 4, 1, "c");
    Graph after = formed(builder.conv(c, 2, 3, "d"), builder.conv(a, 2, 3, "e"));
    assertThat(regions(after)).containsExactly(List.of("a", "b", "c"));
    assertThat(region(after).results()).extracting(Value::name).containsExactly("a", "c");
  }

  @Test
  void nothingLeavesARegionAndComesBack() {
    Value x = builder.input("x", 1, 4, 6, 6);
    Value a = builder.conv(x, 4, 3, "a");
    Value around = builder.conv(a, 4, 3, "around");
    Value b = builder.conv(a, 4, 1, "b");
    Value sum = builder.binary(BinaryFunction.ADD, b, around, "sum");
    // The sum reads around, which reads a.
    Graph after = formed(sum);
    assertThat(regions(after)).doesNotContain(List.of("a", "b", "sum"));
    assertThat(operations(after)).filteredOn(op -> op.equals("region")).hasSize(1);
  }

  @Test
  void regionsThatWouldWaitForEachOtherAreNotBothFormed() {
    Value x = builder.input("x", 1, 4, 6, 6);
    Value a1 = builder.conv(x, 4, 3, "a1");
    Value b1 = builder.conv(x, 4, 3, "b1");
    Value a2 = builder.conv(a1, 4, 1, "a2");
    Value b2 = builder.conv(b1, 4, 1, "b2");
    Value a3 = builder.conv(a2, 4, 1, "a3");
    Value b3 = builder.conv(b2, 4, 1, "b3");
    Value a4 = builder.binary(BinaryFunction.ADD, b1, a3, "a4");
    Value b4 = builder.binary(BinaryFunction.ADD, a1, b3, "b4");
    context = context(new FakeKernels(names -> names.contains("a4") && names.size() > 1 ? 1.5 : 1));
    Graph after = formed(builder.conv(a4, 1, 3, "a5"), builder.conv(b4, 1, 3, "b5"));
    assertThat(regions(after))
        .contains(List.of("b1", "b2", "b3", "b4"))
        .doesNotContain(List.of("a1", "a2", "a3", "a4"));
    assertThat(context.remarks())
        .anySatisfy(remark ->
            assertThat(remark.message())
                .isEqualTo(
                    "no kernel for a1 + a2 + a3 + a4: it and another region would wait for each"
                        + " other"));
  }

  @Test
  void saysWhatWasChosenAndTheRunnerUp() {
    Map<List<String>, Double> kernels =
        Map.of(
            List.of("a"), 3.0,
            List.of("b"), 2.0,
            List.of("c"), 2.0,
            List.of("a", "b"), 4.0,
            List.of("b", "c"), 3.5,
            List.of("a", "b", "c"), 5.0);
    context =
        context(new FakeKernels(names -> kernels.getOrDefault(names, Double.POSITIVE_INFINITY)));
    Value x = builder.input("x", 1, 4, 6, 6);
    Value a = builder.conv(x, 4, 3, "a");
    assertThat(regions(formed(builder.conv(builder.conv(a, 4, 1, "b"), 4, 1, "c"))))
        .containsExactly(List.of("a", "b", "c"));
    String expected =
        "one kernel for a + b + c, predicted 5.00 us, 7.00 us as 3 kernels; runner-up: a + b | c,"
            + " 1.00 us slower";
    assertThat(context.remarks()).extracting(Remark::message).containsExactly(expected);
    RegionReport report = context.report(RegionReport.class).orElseThrow();
    assertThat(report.toText()).isEqualTo(expected + "\n");
    assertThat(report.savedKernels()).isEqualTo(2);
  }

  @Test
  void saysWhatWasNotWorthIt() {
    context = context(new FakeKernels(names -> names.size() == 1 ? 1 : 2.5));
    Value x = builder.input("x", 1, 4, 6, 6);
    Graph before = laidOut(builder.conv(builder.conv(x, 4, 3, "a"), 4, 1, "b"));
    assertThat(new FormRegions().run(before, context)).isSameAs(before);
    assertThat(context.remarks())
        .extracting(Remark::message)
        .containsExactly("a + b stay 2 kernels, predicted 2.00 us; one kernel would take 2.50 us");
  }

  @Test
  void withoutKernelsForRegionsNothingChanges() {
    Value x = builder.input("x", 1, 4, 6, 6);
    Graph before = laidOut(builder.conv(builder.conv(x, 4, 3, "a"), 4, 1, "b"));
    LayerCostModel separate = convolution -> FakeKernels.estimate(1);
    assertThat(new FormRegions().run(before, context(separate))).isSameAs(before);
    assertThat(new FormRegions().run(before, PassContext.of(Precision.FP32))).isSameAs(before);
  }
}
