package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.BundleProfile;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.zoo.Zoo;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What decomposed networks do less than dense ones, by the emulator's counters, into which no
/// performance model enters.
class ModelCountersTest {
  private static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

  /// 20 convolutions of 64 channels at ranks of 24; only rank-sized tensors leave a kernel. On
  /// larger images the ratios are much the same.
  @Test
  void superResolutionMovesAndMultipliesLess() {
    KernelCounters dense = counted(Zoo.VDSR, "none", 96);
    KernelCounters low = counted(Zoo.VDSR, "fixed=0.375", 96);
    assertThat(bytes(low)).as("global bytes").isLessThan(0.45 * bytes(dense));
    assertThat((double) low.matrixMultiplyAdds())
        .as("multiply-adds of the tensor cores")
        .isLessThan(0.4 * dense.matrixMultiplyAdds());
  }

  @Test
  void residualNetworkExecutesLess() {
    KernelCounters dense = counted(Zoo.RESNET18, "none", Zoo.RESNET18.size());
    KernelCounters low = counted(Zoo.RESNET18, "tdc", Zoo.RESNET18.size());
    assertThat((double) low.instructions())
        .as("warp instructions")
        .isLessThan(0.7 * dense.instructions());
  }

  private static double bytes(KernelCounters counters) {
    return (double) counters.globalLoadBytes() + counters.globalStoreBytes();
  }

  private static KernelCounters counted(Zoo network, String ranks, long size) {
    ModelCase one = new ModelCase(network, false, Precision.FP16, ranks);
    Graph graph = network.build(1, new Dim.Known(1), size, size);
    CompileRequest request = one.request(graph, TARGET);
    // Of all layers, whether they are predicted to gain or not.
    Ranks all = request.ranks().with(DecompositionOptions.DEFAULT, Optional.empty());
    return BundleProfile.of(
            CompilePipeline.compile(
                    graph, request.with(all), CachedKernelCompiler.standard(), Progress.silent())
                .bundle())
        .stream()
        .map(BundleProfile.Row::counters)
        .reduce(KernelCounters::plus)
        .orElseThrow();
  }
}
