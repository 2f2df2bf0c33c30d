package dev.tuckerc.tests.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.lab.grid.CaseBuilder;
import dev.tuckerc.lab.grid.ConvolutionShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tests.kernels.KernelHarness.Tolerance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Regions as one kernel, at shapes where tiles and ranks do not fit, with all checks on.
class RegionKernelTest {
  private static final DataType F16 = DataType.F16;
  private static final DataType F32 = DataType.F32;

  /// Rounding of f32 in sums of a few hundred terms, several times one after the other; that of f16
  /// in every stage.
  private static Tolerance tolerance(DataType type) {
    return type == F32 ? new Tolerance(2e-5, 2e-5, 2e-6) : Tolerance.F16_CHAIN;
  }

  /// Where a pool stands in a chain.
  enum Pooled {
    NOWHERE,
    BEFORE_LAST_PRODUCT,
    AT_END
  }

  /// A first convolution, the channels of the products after it, and where a pool stands.
  record Chain(ConvolutionShape first, List<Long> products, Pooled pooled) {
    static Chain of(ConvolutionShape first, long... products) {
      return new Chain(first, java.util.Arrays.stream(products).boxed().toList(), Pooled.NOWHERE);
    }

    Chain withPool() {
      return new Chain(first, products, Pooled.BEFORE_LAST_PRODUCT);
    }

    Chain pooledAtEnd() {
      return new Chain(first, products, Pooled.AT_END);
    }

    private static Value pool(CaseBuilder b, Value x) {
      List<Long> two = List.of(2L, 2L);
      List<Long> zero = List.of(0L, 0L);
      Window window = new Window(two, two, zero, zero, List.of(1L, 1L));
      return b.add(new Pool(Pool.Kind.MAXIMUM, x, window, false, false), Layout.NHWC);
    }

    /// Its values in order, the first of them the convolution's.
    List<Value> build(CaseBuilder b) {
      Value x =
          b.input(
              first.type(), Layout.NHWC, first.batch(), first.in(), first.height(), first.width());
      List<Value> values = new ArrayList<>(List.of(first.add(b, x)));
      for (int i = 0; i < products.size(); i++) {
        Value last = values.getLast();
        if (pooled == Pooled.BEFORE_LAST_PRODUCT && i == products.size() - 1) {
          last = pool(b, last);
          values.add(last);
        }
        ConvolutionShape product =
            ConvolutionShape.of(
                first.type(), last.shape().extent(1), products.get(i), last.shape().extent(2), 1);
        product =
            new ConvolutionShape(
                product.type(),
                product.layout(),
                last.shape().extent(0),
                product.in(),
                product.out(),
                last.shape().extent(2),
                last.shape().extent(3),
                1,
                1,
                0,
                0,
                1,
                1,
                i == 0 ? ConvolutionShape.Finish.RESIDUAL_RELU : ConvolutionShape.Finish.BIAS);
        values.add(product.add(b, last));
      }
      if (pooled == Pooled.AT_END) {
        values.add(pool(b, values.getLast()));
      }
      return values;
    }
  }

  static Stream<Chain> chains() {
    return Stream.of(F16, F32).flatMap(RegionKernelTest::chains);
  }

  private static Stream<Chain> chains(DataType type) {
    return Stream.of(
        Chain.of(ConvolutionShape.of(type, 32, 32, 9, 3), 64, 32),
        Chain.of(ConvolutionShape.of(type, 24, 40, 7, 3), 72, 24),
        Chain.of(ConvolutionShape.of(type, 5, 13, 7, 3), 19, 3),
        Chain.of(ConvolutionShape.of(type, 16, 16, 13, 3).step(2).times(2), 48),
        Chain.of(ConvolutionShape.of(type, 16, 8, 9, 3).dilated(2), 24, 8, 40),
        Chain.of(ConvolutionShape.of(type, 3, 16, 17, 7).step(2).padded(3, 3), 24),
        Chain.of(ConvolutionShape.of(type, 40, 16, 6, 1), 32, 16),
        Chain.of(ConvolutionShape.of(type, 64, 160, 5, 3), 256, 96),
        Chain.of(depthwise(type, 32, 9, 3), 16, 40),
        Chain.of(depthwise(type, 13, 7, 3).step(2), 24),
        Chain.of(depthwise(type, 40, 11, 5).dilated(2).times(2), 16, 72, 8),
        Chain.of(depthwise(type, 20, 8, 3).finished(ConvolutionShape.Finish.SWISH), 40, 16)
            .withPool(),
        Chain.of(depthwise(type, 200, 5, 3), 48, 24),
        Chain.of(ConvolutionShape.of(type, 16, 24, 8, 3), 40, 16).withPool(),
        Chain.of(ConvolutionShape.of(type, 16, 24, 11, 3), 40, 16).withPool(),
        Chain.of(ConvolutionShape.of(type, 16, 24, 11, 3), 40).pooledAtEnd(),
        Chain.of(depthwise(type, 20, 9, 3), 12).pooledAtEnd(),
        // Groups: of one chunk of channels and less, and across its borders; more out than in, and
        // fewer; all under one warp's channels, and not.
        Chain.of(grouped(type, 64, 64, 16, 9, 3), 40, 24),
        Chain.of(grouped(type, 128, 128, 32, 7, 3).step(2), 72, 24),
        Chain.of(grouped(type, 96, 48, 2, 8, 3).times(2), 40),
        Chain.of(grouped(type, 36, 60, 12, 9, 3).dilated(2), 19, 3),
        Chain.of(grouped(type, 20, 70, 10, 7, 5).padded(0, 3), 33),
        Chain.of(grouped(type, 117, 39, 13, 6, 3), 20, 7),
        Chain.of(grouped(type, 80, 160, 2, 5, 3), 56, 96),
        Chain.of(grouped(type, 48, 64, 4, 11, 3), 40, 16).withPool(),
        Chain.of(grouped(type, 64, 96, 8, 6, 1), 32, 16),
        Chain.of(grouped(type, 32, 96, 32, 9, 3), 24));
  }

  private static ConvolutionShape grouped(
      DataType type, long in, long out, long groups, long size, long kernel) {
    return ConvolutionShape.of(type, in, out, size, kernel).grouped(groups);
  }

  private static ConvolutionShape depthwise(DataType type, long channels, long size, long kernel) {
    return ConvolutionShape.of(type, channels, channels, size, kernel).grouped(channels);
  }

  @ParameterizedTest
  @MethodSource("chains")
  void computesEdgeShapes(Chain chain) {
    CaseBuilder b = new CaseBuilder(chain.hashCode());
    List<Value> values = chain.build(b);
    Graph graph = RegionCases.asRegion(b.graph(values.getLast()));
    Program program = KernelHarness.check(b, graph, tolerance(chain.first().type()));
    assertThat(program.kernels()).hasSize(1);
    assertThat(program.kernels().getFirst().decision().template())
        .isEqualTo(chain.first().type() == F32 ? "region.simt" : "region.mma");
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void storesEveryValueThatIsAsked(DataType type) {
    CaseBuilder b = new CaseBuilder(5);
    List<Value> values =
        Chain.of(ConvolutionShape.of(type, 16, 24, 10, 3), 40, 16).withPool().build(b);
    Graph graph = RegionCases.asRegion(b.graph(values.toArray(Value[]::new)));
    KernelHarness.check(b, graph, tolerance(type));
  }

  /// Random chains of two to five stages: windows, strides, dilations, batches, channels, groups,
  /// residuals and pools in any combination.
  @ParameterizedTest
  @ValueSource(
      longs = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        26, 27, 28, 29, 30
      })
  void randomChainsAreRight(long seed) {
    DataType type = seed % 2 == 0 ? F16 : F32;
    Random random = new Random(seed);
    long kernel = List.of(1L, 3L, 3L, 5L).get(random.nextInt(4));
    long stride = kernel > 1 ? 1 + random.nextInt(2) : 1;
    long dilation = kernel > 1 ? 1 + random.nextInt(2) : 1;
    long span = (kernel - 1) * dilation;
    // Large enough for a pool of what the strides leave.
    long least = span + 1 + 2 * stride;
    boolean depthwise = kernel > 1 && random.nextInt(3) == 0;
    long groups = depthwise ? 1 : List.of(1L, 1L, 2L, 4L, 32L).get(random.nextInt(5));
    long inputs =
        groups == 1 ? 2 + random.nextInt(39) : groups * (1 + random.nextInt(most(groups)));
    long outputs =
        groups == 1 ? 1 + random.nextInt(40) : groups * (1 + random.nextInt(most(groups)));
    ConvolutionShape first =
        new ConvolutionShape(
            type,
            Layout.NHWC,
            1 + random.nextInt(2),
            inputs,
            depthwise ? inputs : outputs,
            least + random.nextInt(12),
            least + random.nextInt(12),
            kernel,
            stride,
            random.nextInt((int) span + 1),
            random.nextInt((int) span + 1),
            dilation,
            depthwise ? inputs : groups,
            random.nextBoolean() && !depthwise
                ? ConvolutionShape.Finish.RESIDUAL_RELU
                : ConvolutionShape.Finish.SWISH);
    List<Long> products = new ArrayList<>();
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      products.add(1L + random.nextInt(70));
    }
    CaseBuilder b = new CaseBuilder(seed);
    Pooled pooled =
        switch (random.nextInt(6)) {
          case 0, 1 -> Pooled.BEFORE_LAST_PRODUCT;
          case 2 -> Pooled.AT_END;
          default -> Pooled.NOWHERE;
        };
    List<Value> values = new Chain(first, products, pooled).build(b);
    List<Value> stored = new ArrayList<>();
    for (Value value : values) {
      if (value == values.getLast() || random.nextInt(3) == 0) {
        stored.add(value);
      }
    }
    assertThat(stored).allMatch(value -> value.shape().elementCount() > 0);
    Graph graph = RegionCases.asRegion(b.graph(stored.toArray(Value[]::new)));
    KernelHarness.check(b, graph, tolerance(type));
  }

  /// Channels of a group, at most, so that all together are not too many.
  private static int most(long groups) {
    return groups > 4 ? 5 : 40;
  }

  /// More tiles than blocks fit the device, so that blocks with resident weights compute several.
  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void manyTilesAreRight(DataType type) {
    ConvolutionShape wide =
        new ConvolutionShape(
            type, Layout.NHWC, 1, 8, 24, 33, 300, 3, 1, 1, 1, 1, 1, ConvolutionShape.Finish.RELU);
    CaseBuilder b = new CaseBuilder(9);
    List<Value> values = Chain.of(wide, 40, 8).build(b);
    Graph graph = RegionCases.asRegion(b.graph(values.getLast()));
    DeviceDescription device = DeviceDescription.shipped("t4");
    Value result = graph.outputs().getFirst().value();
    boolean resident = false;
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 9)) {
      boolean stays = program.kernels().getFirst().decision().parameters().get("RESIDENT") == 1;
      if (stays && !resident) {
        KernelHarness.check(b, graph, tolerance(type), program, device.architecture());
        resident = true;
      }
    }
    assertThat(resident).as("a candidate with resident weights").isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void candidatesAreRight(DataType type) {
    CaseBuilder b = new CaseBuilder(7);
    List<Value> values = Chain.of(ConvolutionShape.of(type, 48, 40, 6, 3), 136, 56).build(b);
    Graph graph = RegionCases.asRegion(b.graph(values.get(1), values.getLast()));
    DeviceDescription device = DeviceDescription.shipped("h200");
    Value result = graph.outputs().getFirst().value();
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 13)) {
      KernelHarness.check(b, graph, tolerance(type), program, device.architecture());
    }
  }

  /// Warps that keep what they computed of their rows for the next product: channels that fill no
  /// step, what is added on the way, a stride, a value that is stored in between, a pool.
  @ParameterizedTest
  @ValueSource(strings = {"h200", "a100"})
  void resultsStayInRegisters(String target) {
    DeviceDescription device = DeviceDescription.shipped(target);
    for (Chain chain :
        List.of(
            Chain.of(ConvolutionShape.of(DataType.F16, 24, 24, 13, 3), 64, 24),
            Chain.of(ConvolutionShape.of(DataType.F16, 20, 36, 17, 3).step(2), 100, 12, 52),
            Chain.of(ConvolutionShape.of(DataType.F16, 40, 28, 10, 3), 56, 24).withPool())) {
      for (boolean between : List.of(false, true)) {
        CaseBuilder b = new CaseBuilder(11);
        List<Value> values = chain.build(b);
        Graph graph =
            RegionCases.asRegion(
                between ? b.graph(values.get(1), values.getLast()) : b.graph(values.getLast()));
        Value result = graph.outputs().getFirst().value();
        List<Program> own =
            CodeGenerator.alternatives(graph, Set.of(), device, result, 20).stream()
                .filter(RegionKernelTest::hasOwnRows)
                .toList();
        for (Program program : own) {
          assertThat(program.kernels().getFirst().source()).contains("stays in registers");
          KernelHarness.check(b, graph, Tolerance.F16_CHAIN, program, device.architecture());
        }
        assertThat(own).as("candidates whose warps have rows of their own").isNotEmpty();
      }
    }
  }

  private static boolean hasOwnRows(Program program) {
    return program.kernels().getFirst().decision().parameters().getOrDefault("STREAMS", 0L) == 1;
  }

  /// Blocks of a cluster pool what each of them computed, or the whole tile where a product
  /// follows.
  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void candidatesThatPoolAreRight(DataType type) {
    ConvolutionShape first = ConvolutionShape.of(type, 24, 40, 9, 3);
    DeviceDescription device = DeviceDescription.shipped("h200");
    Set<Long> clusters = new HashSet<>();
    for (Chain chain :
        List.of(Chain.of(first, 72).pooledAtEnd(), Chain.of(first, 72, 40).withPool())) {
      CaseBuilder b = new CaseBuilder(10);
      Graph graph = RegionCases.asRegion(b.graph(chain.build(b).toArray(Value[]::new)));
      Value result = graph.outputs().getFirst().value();
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 13)) {
        KernelHarness.check(b, graph, tolerance(type), program, device.architecture());
        clusters.add(program.kernels().getFirst().decision().parameters().get("CLUSTER"));
      }
    }
    assertThat(clusters).contains(1L, 2L, 4L, 8L);
  }

  /// In one block, over clusters, and with weights that stay.
  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void candidatesOfDepthwiseChainsAreRight(DataType type) {
    CaseBuilder b = new CaseBuilder(8);
    List<Value> values = Chain.of(depthwise(type, 104, 6, 3).step(2), 40, 88).build(b);
    Graph graph = RegionCases.asRegion(b.graph(values.toArray(Value[]::new)));
    DeviceDescription device = DeviceDescription.shipped("h200");
    Value result = graph.outputs().getFirst().value();
    Set<Long> clusters = new HashSet<>();
    for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 13)) {
      KernelHarness.check(b, graph, tolerance(type), program, device.architecture());
      clusters.add(program.kernels().getFirst().decision().parameters().get("CLUSTER"));
    }
    assertThat(clusters).contains(1L, 2L, 4L, 8L);
  }

  /// In one block, over clusters whose blocks read the channels of their own groups, and with
  /// weights that stay; of groups that fill chunks and of others.
  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void candidatesOfGroupedChainsAreRight(DataType type) {
    DeviceDescription device = DeviceDescription.shipped("h200");
    for (ConvolutionShape first :
        List.of(
            grouped(type, 256, 256, 32, 7, 3).step(2),
            grouped(type, 120, 144, 12, 6, 3),
            grouped(type, 104, 52, 26, 7, 3).dilated(2))) {
      CaseBuilder b = new CaseBuilder(11);
      List<Value> values = Chain.of(first, 72, 40).build(b);
      Graph graph = RegionCases.asRegion(b.graph(values.toArray(Value[]::new)));
      Value result = graph.outputs().getFirst().value();
      Set<Long> clusters = new HashSet<>();
      for (Program program : CodeGenerator.alternatives(graph, Set.of(), device, result, 13)) {
        KernelHarness.check(b, graph, tolerance(type), program, device.architecture());
        clusters.add(program.kernels().getFirst().decision().parameters().get("CLUSTER"));
      }
      assertThat(clusters).contains(1L, 2L, 4L, 8L);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void runsOnTuringAndAmpere(DataType type) {
    for (String device : List.of("t4", "a100")) {
      for (ConvolutionShape first :
          List.of(
              ConvolutionShape.of(type, 24, 16, 9, 3),
              depthwise(type, 24, 9, 3),
              grouped(type, 48, 64, 8, 9, 3))) {
        CaseBuilder b = new CaseBuilder(2);
        List<Value> values = Chain.of(first, 40, 24).build(b);
        Graph graph = RegionCases.asRegion(b.graph(values.getLast()));
        KernelHarness.check(b, graph, tolerance(type), DeviceDescription.shipped(device));
      }
    }
  }
}
