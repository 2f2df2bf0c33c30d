package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.KernelWork;
import dev.tuckerc.cost.PerformanceModel;
import dev.tuckerc.cost.Phase;
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.cost.Unit;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.List;

/// What the kernel of a region moves and computes.
final class RegionWork {
  /// Instructions of a thread that brings in a chunk of channels of a pixel.
  private static final double HALO_INSTRUCTIONS = 30;

  /// The same of a chunk of what a later stage reads beside its tile.
  private static final double ASKED_INSTRUCTIONS = 20;

  /// Instructions of a thread for each of the neighbouring results of a pool, and for all of them.
  private static final double POOL_INSTRUCTIONS = 14;

  private static final double POOL_CHUNK_INSTRUCTIONS = 18;

  /// Instructions of a thread that stores a chunk of neighbouring results.
  private static final double STORE_INSTRUCTIONS = 20;

  /// Instructions of a thread for each of the neighbouring results of a depthwise convolution: the
  /// epilogue, conversion; and for all of them: addresses, the store to the tile.
  private static final double RESULT_INSTRUCTIONS = 5;

  private static final double CHUNK_INSTRUCTIONS = 10;

  private final DeviceChain own;
  private final RegionChain chain;
  private final RegionPlan plan;
  private final DeviceDescription device;
  private final RegionArithmetic arithmetic;
  private final Unit unit;
  private final RegionTraffic traffic;
  private final List<Phase> phases = new ArrayList<>();
  private double weights;
  private double read;
  private double written;
  private double loaded;
  private long registers;

  /// Bytes of residuals that are brought into shared memory with the halo.
  private double addedBytes;

  /// Bytes of weights that are brought into shared memory once, before the first stage.
  private double stays;

  /// Bytes of weights that are asked for before the predecessor has ended, as long as the phases
  /// that use them are not there.
  private double prefetched;

  private RegionWork(DeviceChain own, RegionPlan plan) {
    this.own = own;
    this.chain = own.chain();
    this.plan = plan;
    this.device = own.device();
    this.arithmetic = chain.arithmetic();
    this.unit = arithmetic.unit(device);
    this.traffic = new RegionTraffic(chain, plan);
    RegionTile tile = plan.tile();
    // Those that stay for many tiles are charged with the tiles.
    if (device.programmaticLaunch() && !tile.resident()) {
      prefetched = 512.0 * tile.streams() * Math.min(tile.depth(), plan.streamBlocks());
    }
  }

  /// The work of a plan.
  ///
  /// @param own on a device with tensor cores
  static KernelWork of(DeviceChain own, RegionPlan plan) {
    return new RegionWork(own, plan).work(own.device().programmaticLaunch());
  }

  /// The products of a plan and nothing else: no plan is faster than these.
  static KernelWork ofProducts(DeviceChain own, RegionPlan plan) {
    RegionWork work = new RegionWork(own, plan);
    List<Stage> stages = own.chain().stages();
    for (int i = 0; i < stages.size(); i++) {
      switch (stages.get(i)) {
        case Product product -> work.multiply(product, i);
        case Depthwise depthwise -> work.registers = registers(depthwise);
        case Pooled _ -> {}
      }
    }
    return work.work(own.device().programmaticLaunch(), work.phases);
  }

  private KernelWork work(boolean programmatic) {
    RegionTile tile = plan.tile();
    GemmProblem first = chain.first().problem();
    read += chain.image().orElse(first.input()).type().bytes();
    double firstWeights = prefetched;
    stays += 4.0 * chain.keptElements();
    loaded += traffic.haloBytes(first);
    for (int i = 0; i < chain.stages().size(); i++) {
      switch (chain.stages().get(i)) {
        case Product product -> product(product, i);
        case Depthwise depthwise -> depthwise(depthwise, i);
        case Pooled pooled -> pool(pooled, i);
      }
    }
    KernelWork work = work(programmatic, phases);
    double offsetBytes = 4.0 * plan.offsetCount();
    if (tile.resident()) {
      // Once for each block of the grid, shared out among its tiles.
      double share = (double) grid(plan, work, device) / tile.tiles();
      stays *= share;
      offsetBytes *= share;
      loaded += stays;
    } else if (programmatic) {
      firstWeights += stays;
    } else {
      loaded += stays;
    }
    // Of an image a thread brings in whole pixels.
    double units = (double) tile.haloPixels() * (chain.image().isPresent() ? 1 : tile.chunks());
    double inShared =
        units * (chain.image().isPresent() ? tile.haloPitch() : 16)
            + addedBytes
            + stays
            + offsetBytes;
    phases.addFirst(new Phase.Exchange("halo tile", Phase.Scope.BLOCK, inShared, 1));
    phases.addFirst(new Phase.Load("halo", loaded, false));
    phases.addFirst(
        new Phase.Compute(
            "halo addresses", units * HALO_INSTRUCTIONS + addedBytes / 16 * ASKED_INSTRUCTIONS));
    if (firstWeights > 0) {
      phases.addFirst(new Phase.Load("first weights", firstWeights, true));
    }
    return work(programmatic, phases);
  }

  private KernelWork work(boolean programmatic, List<Phase> all) {
    RegionTile tile = plan.tile();
    return new KernelWork(
        // Blocks that stay are told as one for each tile: what they hide of one another is the
        // same.
        tile.tiles() * tile.cluster(),
        (int) tile.threads(),
        (int) Math.min(255, registers),
        (int) plan.sharedBytes(),
        new KernelWork.Ordering(programmatic, (int) tile.cluster()),
        new KernelWork.Distinct(weights, read, written),
        all);
  }

  /// Blocks of the grid: one for each tile, or as many as the device runs at a time.
  static long grid(RegionPlan plan, KernelWork work, DeviceDescription device) {
    if (!plan.tile().resident()) {
      return work.blocks();
    }
    int together = new PerformanceModel(device).occupancy(work);
    return Math.clamp((long) device.multiprocessors() * together, 1, plan.tile().tiles());
  }

  private static String name(int index) {
    return "stage " + (index + 1);
  }

  /// The loop over the terms of a product's sums, and the meeting of their parts.
  private void multiply(Product product, int index) {
    StagePlan stage = plan.stages().get(index);
    Division division = stage.division().orElseThrow();
    RegionTile tile = plan.tile();
    double steps = (double) division.passes() * division.partSteps();
    ProductLoop loop = new ProductLoop(division, tile, plan.readsHeld(index));
    double bytes = streamBytes(division);
    double streamed = tile.resident() ? 0 : bytes;
    stays += bytes - streamed;
    double there = Math.min(prefetched, streamed);
    prefetched -= there;
    phases.add(
        new Phase.Product(
            name(index),
            unit,
            loop.multiplyAdds(),
            loop.instructions(unit),
            (int) tile.warps(),
            loop.chains(),
            loop.sharedBytes(),
            arithmetic == RegionArithmetic.TENSOR_CORES,
            new Phase.Stream(
                streamed - there,
                loop.bytesToRegisters(),
                steps,
                division.inFlight(tile.depth()),
                true,
                Phase.Sync.WARP)));
    registers = Math.max(registers, loop.registers());
    if (division.split() > 1) {
      // Each part writes what it does not complete, and reads what the others wrote of its own;
      // channels beyond the last are not read.
      double kept =
          Math.min(
              1,
              (double) arithmetic.chunk()
                  * arithmetic.chunks(product.channels())
                  / (division.passes() * division.passChannels() * tile.cluster()));
      double moved = (1 + kept) * (division.split() - 1) / (double) division.split();
      phases.add(
          new Phase.Exchange(
              name(index) + " sums",
              Phase.Scope.BLOCK,
              moved * division.passes() * division.exchangeBytes(stage.rows()),
              (int) (division.passes() > 1 ? 2 * division.passes() : 1)));
    }
  }

  /// Bytes of weights that all streams bring for a product.
  private double streamBytes(Division division) {
    return (double) division.streamBlocks() * plan.tile().streams() * 512;
  }

  private void product(Product product, int index) {
    multiply(product, index);
    StagePlan stage = plan.stages().get(index);
    Division division = stage.division().orElseThrow();
    RegionTile tile = plan.tile();
    String name = name(index);
    GemmProblem.Weight weight = product.problem().weight();
    // Of groups with the zeros between them.
    weights +=
        weight.diagonal().blocks() == 1
            ? weight.value().type().bytes()
            : streamBytes(division) * tile.cluster();
    product.problem().branch().ifPresent(branch -> branch(branch, stage));
    double pairs =
        (double) stage.rows()
            * division.passes()
            * division.places()
            * division.channelEighths()
            * 4;
    double pair = EpilogueInstructions.ofPair(own, plan, index, product);
    phases.add(new Phase.Compute(name + " epilogue", pairs * pair));
    // Residuals are asked for together with the halo, and are there when they are added.
    for (int operand : product.residuals()) {
      read += product.problem().operandValues().get(operand).type().bytes();
      loaded += traffic.bytesOfBlock(product.problem().operandValues().get(operand));
      addedBytes += tileBytes(product, stage) / tile.cluster();
    }
    operands(product, index);
    finish(product, index);
  }

  /// A branch is asked for together with the halo; every block of a cluster reads all of it.
  private void branch(GemmProblem.Branch branch, StagePlan stage) {
    double pixels = (double) pixels(stage) / plan.tile().tiles();
    weights += branch.weight().value().type().bytes();
    read += (double) elementBytes() * pixels(stage) * branch.run();
    long steps = branch.strides().subList(0, 4).stream().reduce(0L, (a, b) -> a | b);
    loaded +=
        pixels
            * SectorSet.BYTES
            * SectorSet.expected(
                elementBytes() * (double) branch.run(), elementBytes() * Long.lowestOneBit(steps));
    addedBytes += 16.0 * stage.rows() * arithmetic.chunks(branch.run());
  }

  /// Pixels of all images that a stage computes.
  private long pixels(StagePlan stage) {
    List<Long> pixels = chain.first().problem().pixels();
    return pixels.get(0) * (pixels.get(2) / stage.down()) * (pixels.get(3) / stage.down());
  }

  private void depthwise(Depthwise depthwise, int index) {
    StagePlan stage = plan.stages().get(index);
    RegionTile tile = plan.tile();
    GemmProblem.Taps window = depthwise.problem().window();
    double taps = window.count();
    double tapRows = window.kernel().get(1);
    long span = RegionPlan.depthwiseSpan(depthwise);
    // Four pixels of a chunk of channels each; beyond the last channel nothing is computed.
    double wide = arithmetic.chunk();
    double chunks = Math.min(tile.chunks(), Math.ceil(depthwise.channels() / wide));
    double units = stage.rows() / 4.0 * chunks;
    double turns = Math.ceil(units / tile.threads()) * tile.threads();
    double pixels = tapRows * Math.min(span, 4 * window.kernel().get(2));
    stays += taps * tile.chunks() * 16;
    weights += depthwise.problem().weight().value().type().bytes();
    phases.add(
        new Phase.Product(
            name(index),
            Unit.Scalar.FMA,
            turns * taps * 4 * wide,
            // Weights and pixels are loaded and, in half precision, converted.
            turns * (taps * 4 * wide + (taps + pixels) * loadInstructions() + tapRows * 6),
            (int) tile.warps(),
            4 * wide,
            units * 16 * (taps + pixels),
            Phase.Stream.NONE));
    registers = registers(depthwise);
    phases.add(
        new Phase.Compute(
            name(index) + " epilogue",
            turns * 4 * (CHUNK_INSTRUCTIONS + wide * RESULT_INSTRUCTIONS)));
    operands(depthwise, index);
    finish(depthwise, index);
  }

  /// Registers of a thread of a depthwise convolution.
  private static long registers(Depthwise depthwise) {
    return 80 + 8 * depthwise.problem().window().kernel().get(2);
  }

  private void pool(Pooled pooled, int index) {
    StagePlan stage = plan.stages().get(index);
    String name = name(index);
    double wide = arithmetic.chunk();
    // Where a product comes after it, every block of a cluster pools the whole tile.
    double slices = chain.isMultiplied(index) ? 1 : plan.tile().cluster();
    double groups = stage.rows() * Math.ceil(pooled.channels() / wide / slices);
    phases.add(
        new Phase.Compute(name, groups * (POOL_CHUNK_INSTRUCTIONS + wide * POOL_INSTRUCTIONS)));
    phases.add(new Phase.Exchange(name + " tile", Phase.Scope.BLOCK, groups * 16 * 5, 1));
    if (pooled.stored().isPresent()) {
      store(pooled, stage, name);
    }
  }

  /// What an epilogue reads of shared memory: a constant or a residual for each result.
  private void operands(Sum sum, int index) {
    double each =
        4.0 * EpilogueInstructions.constants(chain, plan, index)
            + elementBytes() * sum.residuals().size();
    if (each > 0) {
      double results =
          tileBytes(sum, plan.stages().get(index)) / elementBytes() / plan.tile().cluster();
      phases.add(
          new Phase.Exchange(name(index) + " operands", Phase.Scope.BLOCK, results * each, 0));
    }
  }

  /// The tile of a sum goes to shared memory, to that of all blocks where a product follows, and
  /// from there to memory.
  private void finish(Sum sum, int index) {
    StagePlan stage = plan.stages().get(index);
    long cluster = plan.tile().cluster();
    String name = name(index);
    if (stage.held()) {
      return;
    }
    double slice = tileBytes(sum, stage) / cluster;
    phases.add(
        cluster > 1 && chain.isMultiplied(index)
            ? new Phase.Exchange(name + " tile", Phase.Scope.CLUSTER, slice * (cluster - 1), 1)
            : new Phase.Exchange(name + " tile", Phase.Scope.BLOCK, slice, 1));
    if (sum.stored().isPresent()) {
      store(sum, stage, name);
    }
  }

  private void store(Stage stage, StagePlan own, String name) {
    double bytes = tileBytes(stage, own) / plan.tile().cluster();
    Value result = stage.stored().orElseThrow();
    phases.add(new Phase.Compute(name + " store", bytes / 16 * STORE_INSTRUCTIONS));
    double copied = (double) result.type().bytes() / plan.tile().tiles() / plan.tile().cluster();
    phases.add(new Phase.Exchange(name + " copy", Phase.Scope.BLOCK, copied, 0));
    phases.add(new Phase.Store(name + " result", traffic.bytesOfBlock(result)));
    written += result.type().bytes();
  }

  private double tileBytes(Stage stage, StagePlan own) {
    return (double) elementBytes() * own.rows() * stage.channels();
  }

  private int elementBytes() {
    return arithmetic.type().bytes();
  }

  /// Instructions of a thread to load a chunk of elements as f32.
  private double loadInstructions() {
    return switch (arithmetic) {
      case TENSOR_CORES -> 11;
      case SCALAR -> 3;
    };
  }
}
