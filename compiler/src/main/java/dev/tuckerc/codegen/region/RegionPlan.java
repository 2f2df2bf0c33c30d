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
  /// Blocks of 16 x 16 sums that a warp holds in registers, at most.
  private static final long MOST_FRAGMENTS = 16;

  /// Blocks of weights that it multiplies by in a step.
  private static final long MOST_CHANNEL_BLOCKS = 4;

  /// The same before sm_80, where copies to shared memory go through registers, too.
  private static final long MOST_CHANNEL_BLOCKS_TURING = 2;

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

  /// A product divided among the warps of a block.
  ///
  /// @param rowBlocks blocks of 16 rows that a warp multiplies
  /// @param channelBlocks blocks of 16 channels whose weights a warp reads at a time
  /// @param channelEighths blocks of 8 channels that it multiplies: fewer where the last ones are
  ///   beyond the channels of the layer
  /// @param split parts of the terms
  /// @param passes how often the warps go over the rows, each time for other channels
  /// @param partSteps steps ([RegionArithmetic#stepTerms]) of one part
  /// @param places groups of channels that different warps multiply at the same time
  /// @param tapChunks chunks ([RegionArithmetic#chunk]) of each tap's terms
  /// @param termChunks chunks of all terms, without padding
  /// @param walk how a warp finds them
  record Division(
      long rowBlocks,
      long channelBlocks,
      long channelEighths,
      long split,
      long passes,
      long partSteps,
      long places,
      long tapChunks,
      long termChunks,
      TermWalk walk) {
    /// Blocks of weights that a stream brings for this product.
    long streamBlocks() {
      return passes * partSteps * channelBlocks;
    }

    /// Steps whose weights are on their way while a warp multiplies by others.
    ///
    /// @param depth slots
    int inFlight(long depth) {
      return (int) Math.max(1, depth / channelBlocks - 1);
    }

    /// Steps after which the same slots hold the weights; an even number, for the rows of two steps
    /// take turns.
    ///
    /// @param depth slots
    long unroll(long depth) {
      long steps = 2;
      while (steps * channelBlocks % depth != 0) {
        steps += 2;
      }
      return steps;
    }

    /// Entries of a table of the terms' places: chunks of all parts, and of the step that is looked
    /// up ahead of its use.
    long offsetCount() {
      return walk == TermWalk.TABLE ? 2 * split * (partSteps + 1) : 0;
    }

    /// Channels that all warps multiply at a time.
    long passChannels() {
      return places * channelBlocks * 16;
    }

    /// Channels of a block.
    long blockChannels() {
      return passes * passChannels();
    }

    /// Bytes of shared memory through which the parts of a sum meet.
    long exchangeBytes(long rows) {
      return split == 1 ? 0 : split * rows * places * channelEighths * 8 * 4;
    }
  }

  /// What a stage needs, before anything has its place.
  ///
  /// @param bytes of its tile, and of each of its residuals
  private record Need(
      long rows, long down, long pitch, long bytes, Optional<Division> division, boolean held) {}

  private static List<Need> needs(RegionChain chain, RegionTile tile, DeviceDescription device) {
    List<Need> needs = new ArrayList<>();
    long down = 1;
    for (Stage stage : chain.stages()) {
      down = stage instanceof Pooled ? 2 * down : down;
      long rows = tile.rows() / (down * down);
      RegionArithmetic arithmetic = tile.arithmetic();
      long more = chain.branch(needs.size() + 1).map(GemmProblem.Branch::run).orElse(0L);
      long own = stage.channels();
      long pitch =
          pitch(more == 0 ? own : arithmetic.chunks(own) * arithmetic.chunk() + more, arithmetic);
      boolean held = holds(chain, needs.size(), rows, tile, device);
      Optional<Division> division =
          stage instanceof Product product
              ? Optional.of(
                  divide(
                      ProductTerms.of(chain, product, needs.isEmpty()),
                      product.channels(),
                      rows,
                      held,
                      tile,
                      device))
              : Optional.empty();
      needs.add(new Need(rows, down, pitch, aligned(rows * pitch), division, held));
    }
    return needs;
  }

  /// Whether warps keep the result of a stage for the next one. A warp of its own rows has all their
  /// channels, and the sums of a tensor-core step lie among its lanes as the rows of the next step
  /// do.
  private static boolean holds(
      RegionChain chain, int stage, long rows, RegionTile tile, DeviceDescription device) {
    return tile.streams() == 1
        && tile.cluster() == 1
        && device.computeCapability() >= 80
        && chain.feedsProduct(stage)
        && rowBlocks(rows, tile) * Math.ceilDiv(chain.stages().get(stage).channels(), 16L)
            <= MOST_FRAGMENTS;
  }

  private static long rowBlocks(long rows, RegionTile tile) {
    return rows / 16 / tile.rowParts();
  }

  /// The plan of a chain for a tile; empty when it does not fit a block's shared memory, or when
  /// warps have rows of their own and keep nothing of them.
  static Optional<RegionPlan> of(RegionChain chain, RegionTile whole, DeviceDescription device) {
    List<Need> needs = needs(chain, whole, device);
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
    long streamBlocks =
        needs.stream()
            .flatMap(need -> need.division().stream())
            .mapToLong(Division::streamBlocks)
            .sum();
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
            .map(own -> own.problem().window().count() * tile.chunks() * 16)
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
    return shared > device.sharedPerBlock()
        ? Optional.empty()
        : Optional.of(
            new RegionPlan(tile, stages, constants, taps, offsets, offsetCount, next, shared));
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
    return stages.subList(0, first).stream()
        .map(StagePlan::division)
        .flatMap(Optional::stream)
        .mapToLong(Division::streamBlocks)
        .sum();
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

  /// The best division of a product, as far as it depends on the division: the shortest way through
  /// it where a block computes one tile, the least load on what its warps share where blocks hide
  /// each other's waiting.
  ///
  /// @param held whether a warp has all channels of its rows at the end
  private static Division divide(
      ProductTerms terms,
      long channels,
      long rows,
      boolean held,
      RegionTile tile,
      DeviceDescription device) {
    long slice = Math.ceilDiv(Math.ceilDiv(channels, 16L), tile.cluster());
    long rowBlocks = rowBlocks(rows, tile);
    Division best = null;
    double least = Double.MAX_VALUE;
    long operands =
        device.computeCapability() >= 80 ? MOST_CHANNEL_BLOCKS : MOST_CHANNEL_BLOCKS_TURING;
    long most =
        held ? slice : Math.min(slice, Math.min(operands, Math.max(1, MOST_FRAGMENTS / rowBlocks)));
    for (long channelBlocks = held ? slice : 1; channelBlocks <= most; channelBlocks++) {
      long window = terms.window(16 * channelBlocks);
      long chunks = terms.count(window);
      long steps = Math.ceilDiv(chunks, 2L);
      long tapChunks = terms.taps() > 1 ? window : 0;
      for (long split = 1; split <= tile.streams(); split *= 2) {
        long places = tile.streams() / split;
        long passes = Math.ceilDiv(slice, places * channelBlocks);
        boolean whole = places == 1 && passes == 1 && tile.cluster() == 1;
        long partSteps = Math.ceilDiv(steps, split);
        long instructions = rowBlocks + 2 * channelBlocks * (rowBlocks + 1);
        Division division =
            new Division(
                rowBlocks,
                channelBlocks,
                whole ? Math.ceilDiv(channels, 8L) : 2 * channelBlocks,
                split,
                passes,
                partSteps,
                places,
                window,
                chunks,
                TermWalk.of(tile.arithmetic(), tapChunks, split, partSteps, instructions));
        double clocks = clocks(division, tile, device);
        if (clocks < least) {
          best = division;
          least = clocks;
        }
      }
    }
    if (best == null) {
      throw new IllegalStateException("a product has at least one division");
    }
    return best;
  }

  private static double clocks(Division division, RegionTile tile, DeviceDescription device) {
    double fragments = (double) division.rowBlocks() * division.channelEighths();
    RegionArithmetic arithmetic = tile.arithmetic();
    double multiplyAdds = fragments * 16 * 8 * arithmetic.stepTerms();
    double rate = multiplyAdds * tile.warps() / arithmetic.perClock(device);
    // Weights on their way to registers come through the first-level cache, which is the same
    // memory.
    double operands =
        (arithmetic.operandBytes(division.rowBlocks(), division.channelBlocks())
                + arithmetic.copiedBytes(division.channelBlocks(), tile.resident())
                + arithmetic.lookUpBytes(division.walk()))
            * tile.warps();
    double shared = operands / device.sharedBytesPerClock();
    double exchanged =
        2.0 * (division.split() - 1) / division.split() * fragments * 512 * tile.warps();
    double sums = exchanged / device.sharedBytesPerClock();
    if (tile.resident()) {
      return division.passes() * (division.partSteps() * Math.max(rate, shared) + sums);
    }
    double barriers =
        division.split() == 1 ? 0 : 2 * device.barrier() * device.clocksPerMicrosecond();
    double weights =
        device.l2Load() * device.clocksPerMicrosecond() / division.inFlight(tile.depth());
    double step =
        Math.max(Math.max(arithmetic.stepLatency(device), weights), Math.max(rate, shared));
    return division.passes() * (division.partSteps() * step + sums + barriers);
  }
}
