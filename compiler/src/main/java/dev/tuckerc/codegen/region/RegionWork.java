package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// What the kernel of a region moves and computes.
final class RegionWork {
  /// Instructions of a thread for a group of eight results: index arithmetic, the addition of the
  /// parts, the epilogue, the store.
  private static final double GROUP_INSTRUCTIONS = 90;

  private final RegionChain chain;
  private final RegionPlan plan;
  private final TensorShape shape;
  private final List<Phase> phases = new ArrayList<>();
  private double weights;
  private double read;
  private double written;
  private long fragments = 1;

  /// Bytes of weights that are asked for before the predecessor has ended, as long as the phases
  /// that use them are not there.
  private double prefetched;

  private RegionWork(RegionChain chain, RegionPlan plan, LoweringContext context) {
    this.chain = chain;
    this.plan = plan;
    this.shape = TensorShape.of(DataType.F16, context.device().computeCapability()).orElseThrow();
    if (context.programmatic()) {
      RegionPlan.Tile tile = plan.tile();
      prefetched = 512.0 * tile.streams() * Math.min(tile.depth(), plan.streamBlocks());
      phases.add(new Phase.Load("first weights", prefetched, true));
    }
  }

  /// The work of a plan.
  ///
  /// @param context of a device with tensor cores
  static KernelWork of(RegionChain chain, RegionPlan plan, LoweringContext context) {
    return new RegionWork(chain, plan, context).work(context.programmatic());
  }

  private KernelWork work(boolean programmatic) {
    RegionPlan.Tile tile = plan.tile();
    GemmProblem first = chain.first().problem();
    read += first.input().type().bytes();
    phases.add(new Phase.Load("halo", tile.haloPixels() * 2.0 * first.run(), false));
    for (int i = 0; i < chain.stages().size(); i++) {
      switch (chain.stages().get(i)) {
        case Product product -> product(product, i);
        case Pooled pooled -> pool(pooled, i);
      }
    }
    return new KernelWork(
        tile.blocks(),
        (int) tile.threads(),
        // Two sets of fragments, the sums, addresses; what ptxas needs lies a little below.
        (int) Math.min(255, 56 + 16 * fragments),
        (int) plan.sharedBytes(),
        new KernelWork.Ordering(programmatic, (int) tile.cluster()),
        new KernelWork.Distinct(weights, read, written),
        phases);
  }

  private void product(Product product, int index) {
    StagePlan stage = plan.stages().get(index);
    Division division = stage.division().orElseThrow();
    RegionPlan.Tile tile = plan.tile();
    long rows = tile.rows() / (stage.down() * stage.down());
    double steps = (double) division.passes() * division.partSteps();
    long blocksPerStep = division.rowBlocks() * division.channelBlocks();
    String name = "stage " + (index + 1);
    // Each step of a warp reads its rows' fragments and copies and reads its weights.
    double shared =
        steps * tile.warps() * 512 * (division.rowBlocks() + 2.0 * division.channelBlocks());
    double streamed = (double) division.streamBlocks() * tile.streams() * 512;
    double there = Math.min(prefetched, streamed);
    prefetched -= there;
    phases.add(
        new Phase.Product(
            name,
            shape,
            steps * tile.warps() * blocksPerStep * 16 * 16 * 16,
            0,
            (int) tile.warps(),
            2.0 * blocksPerStep,
            shared,
            true,
            new Phase.Stream(
                streamed - there,
                steps,
                (int) Math.max(1, tile.depth() / division.channelBlocks() - 1),
                true,
                Phase.Sync.WARP)));
    fragments = Math.max(fragments, blocksPerStep);
    weights += product.weight().tensor().size() * 2.0;
    double passBarriers = 2.0 * division.passes();
    phases.add(
        new Phase.Exchange(
            name + " sums",
            Phase.Scope.BLOCK,
            2.0 * division.passes() * division.resultBytes(rows),
            (int) passBarriers));
    double groups = (double) rows * division.passes() * division.passChannels() / 8;
    phases.add(new Phase.Compute(name + " epilogue", groups * GROUP_INSTRUCTIONS));
    residuals(product, name, rows);
    finish(product, stage, name, rows);
  }

  private void pool(Pooled pooled, int index) {
    StagePlan stage = plan.stages().get(index);
    long rows = plan.tile().rows() / (stage.down() * stage.down());
    double groups = rows * RegionPlan.padded(pooled.channels()) / 8.0;
    String name = "stage " + (index + 1);
    phases.add(new Phase.Exchange(name, Phase.Scope.BLOCK, groups * 16 * 5, 1));
    phases.add(new Phase.Compute(name + " pool", groups * GROUP_INSTRUCTIONS));
    if (pooled.stored().isPresent()) {
      store(pooled, name, rows);
    }
  }

  /// Operands of the epilogue that have an element for each result.
  private void residuals(Product product, String name, long rows) {
    GemmProblem problem = product.problem();
    double perResult = 0;
    for (Value operand : problem.operandValues()) {
      if (operand.shape().elementCount() == problem.rows() * problem.channels()) {
        perResult += operand.type().elementType().bytes();
        read += operand.type().bytes();
      }
    }
    if (perResult > 0) {
      double results = (double) rows * product.channels() / plan.tile().cluster();
      phases.add(new Phase.Load(name + " residual", results * perResult, false));
    }
  }

  private void finish(Product product, StagePlan stage, String name, long rows) {
    long cluster = plan.tile().cluster();
    if (stage.keeps() && cluster > 1) {
      // Every block stores its slice in the shared memory of all, its own included.
      double slice = (double) rows * RegionPlan.padded(product.channels()) / cluster * 2;
      phases.add(new Phase.Exchange(name + " tile", Phase.Scope.CLUSTER, slice * (cluster - 1), 1));
    }
    if (product.stored().isPresent()) {
      store(product, name, rows);
    }
  }

  private void store(Stage stage, String name, long rows) {
    double bytes = (double) rows * stage.channels() / plan.tile().cluster() * 2;
    phases.add(new Phase.Store(name + " result", bytes));
    written += stage.stored().orElseThrow().type().bytes();
  }
}
