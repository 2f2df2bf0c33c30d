package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Puts the weights of a region in the order in which its warps multiply by them.
///
/// `[slice][stream][block][lane][8]` in f16, where a slice belongs to one block of a cluster, a
/// stream to one warp of each row part, and a block holds 16 terms of 16 channels in fragment
/// order: lane `4 * g + t` has the terms `2t, 2t+1, 2t+8, 2t+9` of channel `g`, then those of
/// channel `g + 8`. Terms of the first product are the taps' channels, each tap padded to a
/// multiple of 8. Padding is zero.
final class RegionWeights {
  private final RegionPlan plan;
  private final Tensor packed;

  private RegionWeights(RegionPlan plan) {
    this.plan = plan;
    long streams = plan.tile().cluster() * plan.tile().streams();
    packed = Tensor.zeros(DataType.F16, List.of(streams, plan.streamBlocks(), 32L, 8L));
  }

  /// The weights of all products of a chain.
  static Tensor pack(RegionChain chain, RegionPlan plan) {
    RegionWeights weights = new RegionWeights(plan);
    long block = 0;
    for (int i = 0; i < chain.stages().size(); i++) {
      if (chain.stages().get(i) instanceof Product product) {
        Division division = plan.stages().get(i).division().orElseThrow();
        weights.add(product, division, block);
        block += division.streamBlocks();
      }
    }
    return weights.packed;
  }

  private void add(Product product, Division division, long firstBlock) {
    for (long slice = 0; slice < plan.tile().cluster(); slice++) {
      for (long stream = 0; stream < plan.tile().streams(); stream++) {
        long part = stream % division.split();
        long place = stream / division.split();
        long block = (slice * plan.tile().streams() + stream) * plan.streamBlocks() + firstBlock;
        for (long pass = 0; pass < division.passes(); pass++) {
          long group = (slice * division.passes() + pass) * division.places() + place;
          for (long step = 0; step < division.partSteps(); step++) {
            for (long j = 0; j < division.channelBlocks(); j++) {
              long channel = (group * division.channelBlocks() + j) * 16;
              fill(product, part * division.partSteps() + step, channel, block++);
            }
          }
        }
      }
    }
  }

  private void fill(Product product, long step, long firstChannel, long block) {
    GemmProblem problem = product.problem();
    GemmProblem.Weight strides = problem.weight();
    Tensor weight = product.weight().tensor();
    long chunksOfTap = Math.ceilDiv(problem.run(), 8L);
    long taps = problem.window().count();
    for (long term = 0; term < 16; term++) {
      long chunk = step * 2 + term / 8;
      long tap = chunk / chunksOfTap;
      long input = chunk % chunksOfTap * 8 + term % 8;
      if (tap >= taps || input >= problem.run()) {
        continue;
      }
      long from = tap * strides.tapStride() + input * strides.runStride();
      for (long i = 0; i < 16 && firstChannel + i < problem.channels(); i++) {
        long lane = i % 8 * 4 + term % 8 / 2;
        long slot = i / 8 * 4 + term / 8 * 2 + term % 2;
        double value =
            weight.getDouble((int) (from + (firstChannel + i) * strides.channelStride()));
        packed.setDouble(Math.toIntExact((block * 32 + lane) * 8 + slot), value);
      }
    }
  }
}
