package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.cost.DeviceDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a kernel divides a region: the tile of pixels of a block, the warps, the blocks of a
/// cluster, and for each stage who multiplies what and where its tile lies in shared memory.
///
/// @param tile what the blocks and warps are
/// @param stages one for each stage of the chain
/// @param constants where in shared memory the constants of the epilogues lie
/// @param taps where in shared memory the weights of a depthwise convolution lie
/// @param offsets where in shared memory a table says how far behind the first pixel under a window
///   each chunk of the first product's terms lies
/// @param offsetCount entries of the table, of 4 bytes; 0 where there is none ([TermWalk])
/// @param exchange where in shared memory the parts of sums meet
/// @param sharedBytes shared memory of a block
record RegionPlan(
    RegionTile tile,
    List<StagePlan> stages,
    long constants,
    long taps,
    long offsets,
    long offsetCount,
    long exchange,
    long sharedBytes) {
  /// Blocks of 16 channels of a result that stays in registers: as many as there are places for
  /// weights.
  private static final long MOST_HELD_BLOCKS = 8;

  /// Registers of a thread by [ProductLoop#registers], of the 255 that it may have.
  private static final long MOST_REGISTERS = 224;

  RegionPlan {
    stages = List.copyOf(stages);
  }

  /// How one stage is computed.
  ///
  /// @param rows of the tile
  /// @param down how much smaller than the tile's a pixel's coordinates are: 2 from a pool on
  /// @param source,target offsets in shared memory of the tile read and the tile written
  /// @param sourcePitch,targetPitch bytes from one row to the next
  /// @param residuals offsets in shared memory of what is added, which lies there as the result
  ///   does
  /// @param branch offset in shared memory of the channels of a branch, beside those of the tile
  ///   read; 0 without one
  /// @param division of a product among warps; empty for other stages
  /// @param held whether the result stays in the registers of the warps, for the product that comes
  ///   next
  record StagePlan(
      long rows,
      long down,
      long source,
      long sourcePitch,
      long target,
      long targetPitch,
      List<Long> residuals,
      long branch,
      Optional<Division> division,
      boolean held) {
    StagePlan {
      residuals = List.copyOf(residuals);
    }
  }

  /// What a stage needs, before anything has its place.
  ///
  /// @param bytes of its tile, and of each of its residuals
  private record Need(
      long rows, long down, long pitch, long bytes, Optional<Division> division, boolean held) {}

  private static List<Need> needs(DeviceChain own, RegionTile tile) {
    RegionChain chain = own.chain();
    List<Need> needs = new ArrayList<>();
    long down = 1;
    for (Stage stage : chain.stages()) {
      down = stage instanceof Pooled ? 2 * down : down;
      long rows = tile.rows() / (down * down);
      RegionArithmetic arithmetic = tile.arithmetic();
      long more = chain.branch(needs.size() + 1).map(GemmProblem.Branch::run).orElse(0L);
      long channels = stage.channels();
      long pitch =
          pitch(
              more == 0 ? channels : arithmetic.chunks(channels) * arithmetic.chunk() + more,
              arithmetic);
      boolean held = holds(chain, needs.size(), rows, tile, own.device());
      Optional<Division> division =
          stage instanceof Product product
              ? Optional.of(own.division(product, needs.size(), rows, held, tile))
              : Optional.empty();
      needs.add(new Need(rows, down, pitch, aligned(rows * pitch), division, held));
    }
    return needs;
  }

  /// Whether warps keep the result of a stage for the next one. A warp of its own rows has all
  /// their channels, and the sums of a tensor-core step lie among its lanes as the rows of the next
  /// step do.
  private static boolean holds(
      RegionChain chain, int stage, long rows, RegionTile tile, DeviceDescription device) {
    long blocks = Math.ceilDiv(chain.stages().get(stage).channels(), 16L);
    return tile.streams() == 1
        && tile.cluster() == 1
        && device.computeCapability() >= 80
        && chain.feedsProduct(stage)
        && blocks <= MOST_HELD_BLOCKS
        && blocks * tile.rowBlocks(rows) <= Division.MOST_FRAGMENTS;
  }

  /// The plan of a chain for a tile; empty when it does not fit a block's shared memory, or when
  /// warps have rows of their own and keep nothing of them.
  static Optional<RegionPlan> of(DeviceChain own, RegionTile whole) {
    // Most that do not fit are told by what is known of a tile before anything is divided.
    if (own.leastBytes(whole) > own.device().sharedPerBlock()) {
      return Optional.empty();
    }
    RegionChain chain = own.chain();
    List<Need> needs = needs(own, whole);
    if (whole.streams() == 1 && needs.stream().noneMatch(Need::held)) {
      return Optional.empty();
    }
    RegionTile tile =
        chain.first() instanceof Product product
            ? needs
                .getFirst()
                .division()
                .map(Division::blockChannels)
                .map(channels -> whole.reading(ProductTerms.of(chain, product, true), channels))
                .orElseThrow()
            : whole;
    long streamBlocks = 0;
    for (Need need : needs) {
      streamBlocks += need.division().map(Division::streamBlocks).orElse(0L);
    }
    long[] tileBytes = new long[2];
    long exchangeBytes = 0;
    for (int i = 0, turn = 0; i < needs.size(); i++) {
      Need need = needs.get(i);
      if (chain.branch(i + 1).isEmpty() && !need.held()) {
        tileBytes[turn] = Math.max(tileBytes[turn], need.bytes());
      }
      turn = need.held() ? turn : 1 - turn;
      exchangeBytes =
          Math.max(
              exchangeBytes, need.division().map(d -> d.exchangeBytes(need.rows())).orElse(0L));
    }
    // Weights and constants, the input, the two tiles that stages write in turns, tiles
    // that a branch is part of, residuals, the sums.
    long constants = aligned(tile.weightsOffset() + tile.weightBytes(streamBlocks));
    long taps = constants + 4 * chain.keptElements();
    long tapBytes =
        chain
            .depthwise()
            .map(first -> first.problem().window().count() * tile.chunks() * 16)
            .orElse(0L);
    long offsets = taps + tapBytes;
    long offsetCount = needs.getFirst().division().map(Division::offsetCount).orElse(0L);
    long halo = offsets + Math.ceilDiv(offsetCount, 4L) * 16;
    long tiles = aligned(halo + tile.haloBytes());
    long next = tiles + tileBytes[0] + tileBytes[1];
    List<StagePlan> stages = new ArrayList<>();
    long source = halo;
    long sourcePitch = tile.haloPitch();
    for (int i = 0, turn = 0; i < needs.size(); i++) {
      Need need = needs.get(i);
      List<Long> residuals = new ArrayList<>();
      if (chain.stages().get(i) instanceof Product product) {
        for (int j = 0; j < product.residuals().size(); j++) {
          residuals.add(next);
          next += need.bytes();
        }
      }
      // Nothing waits behind a stage whose result is held: its tile is still being read while the
      // next result is written.
      long target = tiles + turn * tileBytes[0];
      turn = need.held() ? turn : 1 - turn;
      if (chain.branch(i + 1).isPresent()) {
        // The branch comes in at the start, so no earlier stage may use its place.
        target = next;
        next += need.bytes();
      }
      long branch =
          chain.branch(i).isEmpty()
              ? 0
              : source + 16 * tile.arithmetic().chunks(chain.stages().get(i - 1).channels());
      stages.add(
          new StagePlan(
              need.rows(),
              need.down(),
              source,
              sourcePitch,
              target,
              need.pitch(),
              residuals,
              branch,
              need.division(),
              need.held()));
      source = target;
      sourcePitch = need.pitch();
    }
    long shared = next + exchangeBytes;
    RegionPlan plan =
        new RegionPlan(tile, stages, constants, taps, offsets, offsetCount, next, shared);
    return shared <= own.device().sharedPerBlock() && plan.fitsRegisters()
        ? Optional.of(plan)
        : Optional.empty();
  }

  /// Whether there is room for sums beside rows that stay in registers; all else takes less.
  private boolean fitsRegisters() {
    for (int i = 1; i < stages.size(); i++) {
      Optional<Division> division = stages.get(i).division();
      if (readsHeld(i)
          && division.isPresent()
          && new ProductLoop(division.get(), tile, true).registers() > MOST_REGISTERS) {
        return false;
      }
    }
    return true;
  }

  /// Pixels of a row of the input under the windows of 4 neighbouring results of a depthwise
  /// convolution, which a thread computes together.
  static long depthwiseSpan(Depthwise depthwise) {
    GemmProblem.Taps window = depthwise.problem().window();
    return 3 * window.step().get(2) + (window.kernel().get(2) - 1) * window.dilation().get(2) + 1;
  }

  /// Whether a stage finds what it reads in the registers of its warps.
  boolean readsHeld(int stage) {
    return stage > 0 && stages.get(stage - 1).held();
  }

  /// Where the input lies in shared memory.
  long halo() {
    return stages.getFirst().source();
  }

  /// Chunks of a tap of the first product that a warp reads; 0 where the first stage is none.
  long firstTapChunks() {
    return stages.getFirst().division().map(Division::tapChunks).orElse(0L);
  }

  /// Blocks that every stream of weights has: 16 channels of the terms of a step.
  long streamBlocks() {
    return streamBlocks(stages.size());
  }

  /// The same for the first stages alone.
  long streamBlocks(int first) {
    long blocks = 0;
    for (StagePlan stage : stages.subList(0, first)) {
      blocks += stage.division().map(Division::streamBlocks).orElse(0L);
    }
    return blocks;
  }

  /// Bytes of a row: whole blocks of 16 channels, and 16 more so that the rows that a warp reads at
  /// a time lie in different banks.
  private static long pitch(long channels, RegionArithmetic arithmetic) {
    return padded(channels) * arithmetic.type().bytes() + 16;
  }

  /// Channels in whole blocks of 16.
  static long padded(long channels) {
    return Math.ceilDiv(channels, 16L) * 16;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, 128L) * 128;
  }
}
