package dev.tuckerc.codegen.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.codegen.template.TemplateLibrary;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupMergingTest {
  /// A 1x1 convolution whose weights are 1, 2, 3 and so on.
  private static GemmProblem problem(long in, long out, long groups, boolean constant) {
    Value x = new Value("x", TensorType.of(DataType.F16, 1, in, 5, 5).withLayout(Layout.NHWC));
    Value w = new Value("w", TensorType.of(DataType.F16, out, in / groups, 1, 1));
    List<Long> ones = List.of(1L, 1L);
    List<Long> zeros = List.of(0L, 0L);
    Window window = new Window(ones, ones, zeros, zeros, ones);
    Convolution op = new Convolution(x, w, Optional.empty(), window, groups, Epilogue.NONE);
    Value y = new Value("y", op.resultType().withLayout(Layout.NHWC));
    Tensor weights = Tensor.zeros(DataType.F16, w.type().shape().extents());
    for (int i = 0; i < weights.size(); i++) {
      weights.setDouble(i, i + 1);
    }
    return GemmLifting.of(
        op,
        new LoweringContext(
            new Node(op, y, Location.NONE),
            new PerformanceModel(DeviceDescription.shipped("h200")),
            constant ? Map.of(w, new KnownConstant("w", weights)) : Map.of(),
            TemplateLibrary.standard()));
  }

  /// Of ResNeXt-50 the layers of 4 and 8 channels a group, those of RegNet's 24, AlexNet's two
  /// groups; groups whose number has no fitting divisor.
  @ParameterizedTest
  @CsvSource({
    "128, 128, 32, 4",
    "256, 256, 32, 2",
    "512, 512, 32, 1",
    "72, 72, 3, 1",
    "96, 256, 2, 1",
    "12, 12, 3, 3",
    "20, 4, 4, 4",
    "28, 28, 7, 1"
  })
  void asManyAsFillTheColumns(long in, long out, long groups, long merged) {
    GemmProblem problem = problem(in, out, groups, true);
    List<GemmProblem> all = GroupMerging.worthwhile(problem);
    assertThat(all.getFirst()).isEqualTo(problem);
    GemmProblem last = all.getLast();
    assertThat(last.weight().diagonal().blocks()).isEqualTo(merged);
    assertThat(last.batchCount()).isEqualTo(groups / merged);
    assertThat(last.channels()).isEqualTo(out / groups * merged);
    assertThat(last.run()).isEqualTo(in / groups * merged);
  }

  @Test
  void theWeightHasZerosBesideItsDiagonal() {
    GemmProblem all = GroupMerging.all(problem(6, 4, 2, true)).orElseThrow();
    GemmProblem.Weight weight = WeightPacking.withZeros(all).weight();
    assertThat(weight.diagonal()).isEqualTo(GemmProblem.Diagonal.WHOLE);
    Tensor data = weight.constant().orElseThrow().tensor();
    double[][] expected = {
      {1, 2, 3, 0, 0, 0}, {4, 5, 6, 0, 0, 0}, {0, 0, 0, 7, 8, 9}, {0, 0, 0, 10, 11, 12}
    };
    for (int channel = 0; channel < 4; channel++) {
      for (int place = 0; place < 6; place++) {
        long at = channel * weight.channelStride() + place * weight.runStride();
        assertThat(data.getDouble((int) at)).isEqualTo(expected[channel][place]);
      }
    }
  }

  @Test
  void groupsOfWeightsComputedAtRunTimeStayApart() {
    GemmProblem problem = problem(128, 128, 32, false);
    assertThat(GroupMerging.worthwhile(problem)).containsExactly(problem);
    assertThat(GroupMerging.all(problem)).isEmpty();
    assertThat(GroupMerging.all(problem(8, 8, 1, true))).isEmpty();
  }
}
