package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.WeightPacking;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Puts the weights of a region in the order in which its warps multiply by them.
///
/// `[slice][stream][block][lane][chunk]`, where a slice belongs to one block of a cluster, a stream
/// to one warp of each row part, and a block holds the terms of a step of 16 channels. For tensor
/// cores these are 16 terms in fragment order: lane `4 * g + t` has the terms `2t, 2t+1, 2t+8,
/// 2t+9` of channel `g`, then those of channel `g + 8`. On scalar units they are 8: lane `4 * k +
/// t` brings for the term `k` the channels `2t, 2t+1, 2t+8, 2t+9`, whose sums a fragment has in the
/// lanes `4 * g + t`. Terms of the first product are the taps' channels, each tap padded to whole
/// chunks, and of a grouped product those of the window of a warp ([ProductTerms]); the parts of a
/// sum take the steps in turns; those of a branch come after the others, padded alike. Of an image
/// whose pixels are packed they are the rows of the window, with four terms for each tap. Padding
/// is zero.
final class RegionWeights {
  private final RegionPlan plan;
  private final RegionArithmetic arithmetic;
  private final Tensor packed;

  private RegionWeights(RegionPlan plan, RegionArithmetic arithmetic) {
    this.plan = plan;
    this.arithmetic = arithmetic;
    long streams = plan.tile().cluster() * plan.tile().streams();
    packed =
        Tensor.zeros(
            arithmetic.type(),
            List.of(streams, plan.streamBlocks(), 32L, (long) arithmetic.chunk()));
  }

  /// Constants of a kernel.
  ///
  /// @param name unique among the weights of a program: it says in what order the data is
  /// @param parameter declares the pointer through which the kernel reads it
  record Packed(String name, String parameter, Supplier<Tensor> data) {}

  /// All constants of a kernel, in the order of its parameters.
  static List<Packed> of(RegionChain chain, RegionPlan plan) {
    List<Packed> all = new ArrayList<>();
    all.add(
        new Packed(
            name(chain, plan), "const Element* __restrict__ weights", () -> pack(chain, plan)));
    chain
        .depthwise()
        .ifPresent(own -> {
          long channels = channelsOfTaps(plan.tile(), chain.arithmetic());
          all.add(
              new Packed(
                  own.weight().name() + "#taps" + channels,
                  "const Element* __restrict__ taps",
                  () -> taps(own, channels, chain.arithmetic())));
        });
    if (!chain.kept().isEmpty()) {
      String names =
          chain.kept().stream().map(k -> k.constant().name()).collect(Collectors.joining("+"));
      all.add(
          new Packed(
              names + "#channels", "const float* __restrict__ constants", () -> kept(chain)));
    }
    return all;
  }

  /// The plan decides the order of the data.
  private static String name(RegionChain chain, RegionPlan plan) {
    StringBuilder name = new StringBuilder();
    name.append(
        chain.products().stream()
            .flatMap(p ->
                Stream.concat(Stream.of(p.problem().weight()), branchWeight(p.problem()).stream()))
            .map(RegionWeights::name)
            .collect(Collectors.joining("+")));
    name.append("#region%dx%d".formatted(plan.tile().streams(), plan.tile().cluster()));
    plan.stages().stream()
        .flatMap(stage -> stage.division().stream())
        .map(d -> "-%dx%dx%d".formatted(d.channelBlocks(), d.split(), d.passes()))
        .forEach(name::append);
    return name.toString();
  }

  private static String name(GemmProblem.Weight weight) {
    String name = weight.constant().orElseThrow().name();
    long groups = weight.diagonal().blocks();
    return groups == 1 ? name : name + "g" + groups;
  }

  private static Optional<GemmProblem.Weight> branchWeight(GemmProblem problem) {
    return problem.branch().map(GemmProblem.Branch::weight);
  }

  /// The weights of all products of a chain.
  private static Tensor pack(RegionChain chain, RegionPlan plan) {
    RegionWeights weights = new RegionWeights(plan, chain.arithmetic());
    long block = 0;
    for (int i = 0; i < chain.stages().size(); i++) {
      if (chain.stages().get(i) instanceof Product product) {
        Division division = plan.stages().get(i).division().orElseThrow();
        Terms terms = terms(chain, product, plan, i);
        weights.add(terms, product.channels(), division, block);
        block += division.streamBlocks();
      }
    }
    return weights.packed;
  }

  private void add(Terms terms, long channels, Division division, long firstBlock) {
    for (long slice = 0; slice < plan.tile().cluster(); slice++) {
      for (long stream = 0; stream < plan.tile().streams(); stream++) {
        long part = stream % division.split();
        long place = stream / division.split();
        long block = (slice * plan.tile().streams() + stream) * plan.streamBlocks() + firstBlock;
        for (long pass = 0; pass < division.passes(); pass++) {
          long group = (slice * division.passes() + pass) * division.places() + place;
          for (long step = 0; step < division.partSteps(); step++) {
            long first = group * division.channelBlocks() * 16;
            for (long j = 0; j < division.channelBlocks(); j++) {
              long ownStep = step * division.split() + part;
              fill(terms, channels, ownStep, first, first + j * 16, block++);
            }
          }
        }
      }
    }
  }

  /// @param first of the channels that the warp multiplies at a time
  /// @param firstChannel of the block
  private void fill(
      Terms terms, long channels, long step, long first, long firstChannel, long block) {
    int wide = arithmetic.chunk();
    for (int term = 0; term < arithmetic.stepTerms(); term++) {
      Term own = terms.at(step * 2 + term / wide, term % wide, first);
      if (own.weight() != null) {
        fill(own.weight(), own.from(), channels, term, firstChannel, block);
      }
    }
  }

  /// Where in a block a weight is.
  private int place(int term, int channel) {
    return switch (arithmetic) {
      case TENSOR_CORES ->
          (channel % 8 * 4 + term % 8 / 2) * 8 + channel / 8 * 4 + term / 8 * 2 + term % 2;
      case SCALAR -> (term * 4 + channel % 8 / 2) * 4 + channel / 8 * 2 + channel % 2;
    };
  }

  /// Where the weights of a term are.
  ///
  /// @param weight null where the term is padding
  /// @param from offset of its first channel
  private record Term(GemmProblem.@Nullable Weight weight, long from) {}

  /// Says which term lies at a place of a chunk, for a warp that multiplies channels from the first
  /// one on.
  private interface Terms {
    Term at(long chunk, long place, long firstChannel);
  }

  private static Terms terms(RegionChain chain, Product product, RegionPlan plan, int stage) {
    boolean first = stage == 0;
    Division division = plan.stages().get(stage).division().orElseThrow();
    GemmProblem problem = WeightPacking.withZeros(product.problem());
    GemmProblem.Weight weight = problem.weight();
    int wide = chain.arithmetic().chunk();
    if (first && chain.packsPixels()) {
      long across = problem.window().kernel().get(2);
      return (chunk, place, _) -> {
        long inRow = chunk % chain.firstChunks() * wide + place;
        long tap = inRow / chain.imageChannels();
        long channel = inRow % chain.imageChannels();
        long row = chunk / chain.firstChunks();
        boolean padding = tap >= across || channel >= problem.run() || row >= chain.firstTaps();
        return new Term(
            padding ? null : weight,
            (row * across + tap) * weight.tapStride() + channel * weight.runStride());
      };
    }
    ProductTerms terms = ProductTerms.of(chain, product, first);
    long chunksOfTap = division.tapChunks();
    long blockChunks = first ? plan.tile().chunks() : terms.tapChunks();
    long taps = problem.window().count();
    return (chunk, place, firstChannel) -> {
      long tap = chunk / chunksOfTap;
      if (tap >= taps && problem.branch().isPresent()) {
        GemmProblem.Branch branch = problem.branch().get();
        long channel = (chunk - taps * chunksOfTap) * wide + place;
        return new Term(
            channel < branch.run() ? branch.weight() : null, channel * branch.weight().runStride());
      }
      long block = firstChannel / division.blockChannels() * division.blockChannels();
      long blockChunk = first ? terms.firstChunk(block, blockChunks) : 0;
      long from = terms.firstChunk(firstChannel, chunksOfTap, blockChunk, blockChunks);
      long channel = (from + chunk % chunksOfTap) * wide + place;
      return new Term(
          tap < taps && channel < problem.run() ? weight : null,
          tap * weight.tapStride() + channel * weight.runStride());
    };
  }

  /// Puts one term's weights of up to 16 channels in their places.
  private void fill(
      GemmProblem.Weight weight,
      long from,
      long channels,
      int term,
      long firstChannel,
      long block) {
    Tensor source = weight.constant().orElseThrow().tensor();
    for (int i = 0; i < 16 && firstChannel + i < channels; i++) {
      double value = source.getDouble((int) (from + (firstChannel + i) * weight.channelStride()));
      packed.setDouble(Math.toIntExact(block * 32 * arithmetic.chunk() + place(term, i)), value);
    }
  }

  /// The constants of the epilogues in f32, one after the other.
  private static Tensor kept(RegionChain chain) {
    Tensor packed = Tensor.zeros(DataType.F32, List.of(chain.keptElements()));
    for (RegionChain.Kept kept : chain.kept()) {
      for (int i = 0; i < kept.elements(); i++) {
        packed.setDouble(Math.toIntExact(kept.offset() + i), kept.constant().tensor().getDouble(i));
      }
    }
    return packed;
  }

  /// Channels that the blocks of a cluster compute in a depthwise convolution.
  private static long channelsOfTaps(RegionTile tile, RegionArithmetic arithmetic) {
    return tile.chunks() * arithmetic.chunk() * tile.cluster();
  }

  /// The weights of a depthwise convolution as `[tap][channel]`.
  ///
  /// @param padded channels, with those beyond the last
  private static Tensor taps(Depthwise depthwise, long padded, RegionArithmetic arithmetic) {
    GemmProblem.Weight strides = depthwise.problem().weight();
    Tensor weight = depthwise.weight().tensor();
    long taps = depthwise.problem().window().count();
    Tensor packed = Tensor.zeros(arithmetic.type(), List.of(taps, padded));
    for (long tap = 0; tap < taps; tap++) {
      for (long channel = 0; channel < depthwise.channels(); channel++) {
        long from = tap * strides.tapStride() + channel * strides.channelStride();
        packed.setDouble(
            Math.toIntExact(tap * padded + channel), weight.getDouble(Math.toIntExact(from)));
      }
    }
    return packed;
  }
}
