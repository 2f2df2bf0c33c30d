package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.cost.KernelWork;

/// What the kernel of a region moves and computes.
final class RegionWork {
  private RegionWork() {}

  static KernelWork of(RegionChain chain, RegionPlan plan) {
    RegionPlan.Tile tile = plan.tile();
    double bytes = tile.haloPixels() * 2.0 * chain.first().problem().run();
    bytes += plan.streamBlocks() * tile.streams() * 512.0;
    double unique = 0;
    double multiplyAdds = 0;
    double steps = 0;
    double reduction = 0;
    long fragments = 1;
    for (int i = 0; i < chain.stages().size(); i++) {
      if (!(chain.stages().get(i) instanceof Product product)) {
        continue;
      }
      Division division = plan.stages().get(i).division().orElseThrow();
      long down = plan.stages().get(i).down();
      long rows = tile.rows() / (down * down);
      multiplyAdds +=
          (double) rows
              * division.passes()
              * division.passChannels()
              * division.partSteps()
              * division.split()
              * 16;
      steps +=
          division.passes()
              * division.partSteps()
              * Math.max(1, 2.0 * division.rowBlocks() * division.channelBlocks() / 4);
      reduction += 2.0 * division.passes() * division.resultBytes(rows);
      unique += product.weight().tensor().size() * 2.0;
      fragments = Math.max(fragments, division.rowBlocks() * division.channelBlocks());
      if (product.stored().isPresent()) {
        bytes += product.problem().outputBytes(rows, product.channels()) / tile.cluster();
      }
    }
    return new KernelWork(
        tile.blocks(),
        (int) tile.threads(),
        (int) Math.min(255, 64 + 12 * fragments),
        (int) plan.sharedBytes(),
        bytes,
        unique,
        multiplyAdds,
        0,
        KernelWork.Unit.TENSOR,
        steps,
        reduction,
        0.25,
        new KernelWork.Ordering(false, (int) tile.cluster(), plan.stages().size() - 1, 0));
  }
}
