package dev.tuckerc.lab.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.ranks.TdcTable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelGridTest {
  @Test
  void patternsMatchNamesCheapestFirst() {
    List<KernelCase> cores = KernelGrid.matching("tdc.core/f16/*", false);
    assertThat(cores).hasSize(18);
    assertThat(cores.getFirst().name()).isEqualTo("tdc.core/f16/32to32-7x7");
    assertThat(cores.getLast().name()).isEqualTo("tdc.core/f16/64to32-224x224");
    assertThat(KernelGrid.matching("gemm.?imt/f32/matmul*computed", false)).hasSize(2);
    assertThat(KernelGrid.matching("no such case", false)).isEmpty();
    // Only * and ? are special.
    assertThat(KernelGrid.matching("gemm.(simt|mma)/*", false)).isEmpty();
    assertThat(KernelGrid.matching("map/f32/concat-8+16+3x7x7", false)).hasSize(1);
  }

  @Test
  void theQuickSubsetHasEveryTemplate() {
    List<KernelCase> quick = KernelGrid.matching("*", true);
    assertThat(quick).hasSizeLessThan(20);
    assertThat(quick.stream().map(c -> c.name().substring(0, c.name().indexOf('/'))).distinct())
        .containsExactlyInAnyOrder(
            "gemm.simt",
            "gemm.mma",
            "gemv.simt",
            "conv.depthwise",
            "conv.taps",
            "pointwise",
            "map",
            "reduce",
            "softmax");
  }

  @Test
  void aCaseIsTheSameEveryTime() {
    KernelCase one = KernelGrid.named("gemm.mma/f16/conv-11x7-13to17-k3");
    KernelCase.Instance first = one.build();
    KernelCase.Instance second = one.build();
    Map<String, Tensor> a = Interpreter.run(first.graph(), first.inputs());
    Map<String, Tensor> b = Interpreter.run(second.graph(), second.inputs());
    assertThat(a.get("out0").data().mismatch(b.get("out0").data())).isEqualTo(-1);
    assertThatThrownBy(() -> KernelGrid.named("gemm")).hasMessage("there is no kernel case 'gemm'");
  }

  @Test
  void tdcLayersAreThoseOfThePaper() {
    List<TdcTable.Row> table = TdcTable.rows();
    assertThat(table.stream().filter(l -> l.set().equals("core"))).hasSize(18);
    // ResNet-18 has 16 convolutions of 3x3, and TDC decomposes all of them.
    assertThat(
            table.stream()
                .filter(l -> l.model().equals("resnet18"))
                .mapToLong(TdcTable.Row::count)
                .sum())
        .isEqualTo(16);
    // The first core convolution: 1849.688 MFLOP at two operations for a multiply-add.
    assertThat(KernelGrid.named("tdc.core/f32/64to32-224x224").work() * 2e-6)
        .isCloseTo(1849.688, org.assertj.core.data.Offset.offset(1e-3));
  }
}
