package dev.tuckerc.codegen.gemm;

import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Rearranges constant weights into the order in which kernels read them.
public final class WeightPacking {
  /// What a lane holds of 16 terms; two steps of 8 terms, as on sm_75, take the same in turn.
  private static final TensorShape FRAGMENT = TensorShape.F16_K16;

  /// Where 16 terms by 16 channels lie among the 256 of a step.
  private static final int[][] PLACES = new int[16][16];

  static {
    for (int term = 0; term < 16; term++) {
      for (int channel = 0; channel < 16; channel++) {
        PLACES[term][channel] =
            FRAGMENT.lane(term, channel % 8) * 8 + channel / 8 * 4 + FRAGMENT.place(term);
      }
    }
  }

  private WeightPacking() {}

  /// Stride of each batch axis over packed entries; 0 along axes where the weight is the same.
  static List<Long> batchStrides(GemmProblem problem, long entry) {
    List<Long> own = problem.weight().batchStrides();
    List<Long> strides = new ArrayList<>(Collections.nCopies(own.size(), 0L));
    long stride = entry;
    for (int axis = own.size() - 1; axis >= 0; axis--) {
      if (own.get(axis) != 0 && problem.batch().get(axis) > 1) {
        strides.set(axis, stride);
        stride *= problem.batch().get(axis);
      }
    }
    return strides;
  }

  /// Offset in the row-major weight of each distinct batch entry, in packed order.
  static List<Long> entries(GemmProblem problem) {
    List<Long> offsets = List.of(0L);
    for (int axis = 0; axis < problem.batch().size(); axis++) {
      long stride = problem.weight().batchStrides().get(axis);
      long extent = stride == 0 ? 1 : problem.batch().get(axis);
      List<Long> next = new ArrayList<>();
      for (long offset : offsets) {
        for (long i = 0; i < extent; i++) {
          next.add(offset + i * stride);
        }
      }
      offsets = next;
    }
    return offsets;
  }

  /// What a name of packed weights says of their diagonal.
  static String diagonal(GemmProblem problem) {
    long blocks = problem.weight().diagonal().blocks();
    return blocks == 1 ? "" : "d" + blocks;
  }

  /// The same problem with the zeros beside the diagonal of its weight among the weight's data.
  public static GemmProblem withZeros(GemmProblem problem) {
    GemmProblem.Weight own = problem.weight();
    long blocks = own.diagonal().blocks();
    if (blocks == 1) {
      return problem;
    }
    KnownConstant constant = own.constant().orElseThrow();
    long groups = problem.batchCount() * blocks;
    long channels = problem.channels() / blocks;
    long run = problem.run() / blocks;
    long taps = problem.window().count();
    Tensor all =
        Tensor.zeros(constant.tensor().type(), List.of(groups * channels, problem.run(), taps));
    for (long group = 0; group < groups; group++) {
      for (long channel = 0; channel < channels; channel++) {
        for (long place = 0; place < run; place++) {
          for (long tap = 0; tap < taps; tap++) {
            long from =
                group * own.diagonal().stride()
                    + channel * own.channelStride()
                    + place * own.runStride()
                    + tap * own.tapStride();
            long to =
                ((group * channels + channel) * problem.run() + group % blocks * run + place) * taps
                    + tap;
            copy(constant.tensor(), Math.toIntExact(from), all, Math.toIntExact(to));
          }
        }
      }
    }
    return problem.withWeight(
        new GemmProblem.Weight(
            own.value(),
            Optional.of(new KnownConstant(constant.name(), all)),
            problem.batch().isEmpty()
                ? List.of()
                : List.of(problem.channels() * problem.run() * taps),
            problem.run() * taps,
            1,
            taps));
  }

  /// One row of all channels per term of the sum: `[entry][tap][run, padded][channels, padded]`.
  /// Padding is zero.
  ///
  /// @param grouped problem of constant weights
  /// @param wholeRow whether a run holds a whole row of the window, `[tap along w][channel]`
  /// @param tileK runs are padded to a multiple of it
  /// @param paddedChannels columns of one row
  static Tensor rows(
      GemmProblem grouped, boolean wholeRow, long tileK, long paddedChannels, DataType type) {
    GemmProblem problem = withZeros(grouped);
    Tensor weight = problem.weight().constant().orElseThrow().tensor();
    List<Long> kernel = problem.window().kernel();
    long inRun = wholeRow ? kernel.getLast() : 1;
    long taps = problem.window().count() / inRun;
    long run = problem.run() * inRun;
    long paddedRun = Math.ceilDiv(run, tileK) * tileK;
    List<Long> entries = entries(problem);
    Tensor packed =
        Tensor.zeros(type, List.of((long) entries.size(), taps * paddedRun, paddedChannels));
    GemmProblem.Weight strides = problem.weight();
    for (int entry = 0; entry < entries.size(); entry++) {
      for (long tap = 0; tap < taps; tap++) {
        for (long place = 0; place < run; place++) {
          long ownTap = tap * inRun + place / problem.run();
          long channelIn = place % problem.run();
          long from =
              entries.get(entry) + ownTap * strides.tapStride() + channelIn * strides.runStride();
          long to = ((entry * taps + tap) * paddedRun + place) * paddedChannels;
          for (long channel = 0; channel < problem.channels(); channel++) {
            copy(
                weight,
                (int) (from + channel * strides.channelStride()),
                packed,
                (int) (to + channel));
          }
        }
      }
    }
    return packed;
  }

  /// Copies an element; an integer as one, so that all its digits stay.
  public static void copy(Tensor source, int from, Tensor target, int to) {
    if (source.type() == DataType.F16 && target.type() == DataType.F16) {
      short bits = source.data().getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, from);
      target.data().setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, to, bits);
    } else if (source.type().isFloat()) {
      target.setDouble(to, source.getDouble(from));
    } else {
      target.setLong(to, source.getLong(from));
    }
  }

  /// F16 weights in the order in which the lanes of a warp hold them for tensor-core steps of 16
  /// terms and 16 channels: `[entry][16 terms][16 channels][lane][8]`. Lane `4 * g + t` holds the
  /// terms `2t, 2t+1, 2t+8, 2t+9` of channel `g`, then those of channel `g + 8`. Terms are the
  /// taps' runs, each padded to a multiple of 8, then those of a branch. Padding is zero.
  ///
  /// @param grouped problem of constant weights
  /// @param terms padded number of terms
  /// @param ownTerms where those of a branch begin
  /// @param channelBlocks padded number of channels, in blocks of 16
  static Tensor fragments(
      GemmProblem grouped, boolean wholeRow, long terms, long ownTerms, long channelBlocks) {
    GemmProblem problem = withZeros(grouped);
    List<Long> kernel = problem.window().kernel();
    long inRun = wholeRow ? kernel.getLast() : 1;
    long taps = problem.window().count() / inRun;
    long run = problem.run() * inRun;
    long paddedRun = Math.ceilDiv(run, 8L) * 8;
    long[] from = new long[Math.toIntExact(taps * paddedRun)];
    GemmProblem.Weight own = problem.weight();
    for (int term = 0; term < from.length; term++) {
      long place = term % paddedRun;
      long tap = term / paddedRun * inRun + place / problem.run();
      from[term] =
          place < run
              ? tap * own.tapStride() + place % problem.run() * own.runStride()
              : Fragments.PADDING;
    }
    List<Long> entries = entries(problem);
    Fragments packed = new Fragments(entries.size(), terms / 16, channelBlocks);
    short[] bits = Fragments.bits(own);
    for (int entry = 0; entry < entries.size(); entry++) {
      packed.add(bits, entries.get(entry), own, from, problem.channels(), entry, 0);
    }
    problem
        .branch()
        .ifPresent(branch -> {
          GemmProblem.Weight weight = branch.weight();
          long[] places = new long[Math.toIntExact(branch.run())];
          Arrays.setAll(places, place -> place * weight.runStride());
          packed.add(
              Fragments.bits(weight), 0, weight, places, problem.channels(), 0, (int) ownTerms);
        });
    return packed.tensor();
  }

  /// `[entry][16 terms][16 channels][lane][8]`.
  private static final class Fragments {
    /// In place of an offset, for a term that is none.
    static final long PADDING = -1;

    private final List<Long> shape;
    private final short[] packed;
    private final int blocksOfTerms;
    private final int channelBlocks;

    Fragments(long entries, long blocksOfTerms, long channelBlocks) {
      this.shape = List.of(entries, blocksOfTerms, channelBlocks, 32L, 8L);
      this.packed = new short[Tensor.elementCount(shape)];
      this.blocksOfTerms = (int) blocksOfTerms;
      this.channelBlocks = (int) channelBlocks;
    }

    static short[] bits(GemmProblem.Weight weight) {
      return weight.constant().orElseThrow().tensor().convert(DataType.F16).toFloat16Bits();
    }

    /// Puts the weights of terms in their places.
    ///
    /// @param bits the weight's elements
    /// @param entryOffset added to the offsets
    /// @param from offset of each term's first channel, or [#PADDING]
    /// @param firstTerm number of the first of these terms
    void add(
        short[] bits,
        long entryOffset,
        GemmProblem.Weight weight,
        long[] from,
        long channels,
        int entry,
        int firstTerm) {
      int stride = Math.toIntExact(weight.channelStride());
      // A block of channels at a time, whose weights a cache holds while all terms are read.
      for (int block = 0; block < channelBlocks; block++) {
        int first = Math.toIntExact(entryOffset + block * 16L * stride);
        int count = (int) Math.min(16, channels - block * 16L);
        for (int i = 0; i < from.length; i++) {
          if (from[i] != PADDING) {
            int term = firstTerm + i;
            int[] places = PLACES[term % 16];
            int to = ((entry * blocksOfTerms + term / 16) * channelBlocks + block) * 256;
            scatter(bits, first + (int) from[i], stride, places, to, count);
          }
        }
      }
    }

    /// Puts the channels of one term in their places; apart, so that the JIT compiles these few
    /// lines and not all loops around them.
    private void scatter(short[] bits, int from, int stride, int[] places, int to, int count) {
      for (int channel = 0; channel < count; channel++) {
        packed[to + places[channel]] = bits[from + channel * stride];
      }
    }

    Tensor tensor() {
      return Tensor.of(DataType.F16, shape, MemorySegment.ofArray(packed));
    }
  }
}
