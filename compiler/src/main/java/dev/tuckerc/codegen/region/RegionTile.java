package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// What the blocks and warps of a region's kernel are.
///
/// @param arithmetic of the chain
/// @param height,width output pixels of the first stage that a block computes
/// @param rowParts parts of the tile's rows that different warps multiply
/// @param streams warps of a row part, each with a stream of weights of its own
/// @param cluster blocks that share out the channels of one tile
/// @param resident whether the weights stay in shared memory and a block computes tile after tile
/// @param tilesDown,tilesAcross tiles of one image
/// @param images of the batch
/// @param haloHeight,haloWidth input pixels under the windows of the tile
/// @param chunks of 16 bytes of an input pixel that a block reads: all, or for a depthwise or
///   grouped convolution those of the channels that it computes; of a row of the window where that
///   is one run
/// @param haloPitch bytes from one pixel of the input to the next: an odd number of chunks, so that
///   the pixels that a warp reads at a time lie in different banks; where a row of the window is
///   one run, those of a pixel
record RegionTile(
    RegionArithmetic arithmetic,
    long height,
    long width,
    long rowParts,
    long streams,
    long cluster,
    boolean resident,
    long tilesDown,
    long tilesAcross,
    long images,
    long haloHeight,
    long haloWidth,
    long chunks,
    long haloPitch) {
  private static final long[] HEIGHTS = {4, 8, 2, 16};
  private static final long[] WIDTHS = {8, 16, 4};
  private static final long[] ROW_PARTS = {1, 2, 4, 8};
  private static final long[] STREAMS = {4, 8, 2, 1};
  private static final long[] CLUSTERS = {1, 2, 4, 8};

  /// A warp holds the sums of 16 rows in 8 registers for every 16 channels.
  private static final long MOST_ROWS_OF_A_WARP = 64;

  /// Rows of a warp that has all their channels.
  private static final long LEAST_OWN_ROWS = 32;

  /// Row parts whose warps share out the channels.
  private static final long MOST_SHARED_PARTS = 4;

  private static final long LEAST_THREADS = 64;
  private static final long MOST_THREADS = 512;

  /// All tiles worth considering for a chain.
  ///
  /// @param clusters whether the device has clusters
  static List<RegionTile> all(RegionChain chain, boolean clusters) {
    GemmProblem problem = chain.first().problem();
    // A pool leaves a quarter of the rows, of which each warp of a product still needs whole blocks
    // of 16.
    long block = chain.multipliesPooled() ? 64 : 16;
    boolean registers = chain.passesThroughRegisters();
    List<RegionTile> tiles = new ArrayList<>();
    for (long height : HEIGHTS) {
      for (long width : WIDTHS) {
        boolean wastes =
            wastes(height, problem.pixels().get(2), 2) || wastes(width, problem.pixels().get(3), 4);
        // A pool needs so many rows that a small image may not fill any tile.
        if (wastes && !chain.pools()) {
          continue;
        }
        for (long rowParts : ROW_PARTS) {
          boolean whole = height * width % (block * rowParts) == 0;
          if (!whole || height * width > MOST_ROWS_OF_A_WARP * rowParts) {
            continue;
          }
          // With few rows of its own a warp reads more weights than it saves of the tile.
          boolean ownRows = registers && height * width / rowParts >= LEAST_OWN_ROWS;
          for (long streams : STREAMS) {
            long threads = rowParts * streams * 32;
            boolean apart = streams == 1 ? ownRows : rowParts <= MOST_SHARED_PARTS;
            if (!apart || threads < LEAST_THREADS || threads > MOST_THREADS) {
              continue;
            }
            for (long cluster : CLUSTERS) {
              if (cluster == 1 || clusters && streams > 1) {
                tiles.add(of(chain, height, width, rowParts, streams, cluster, false));
              }
            }
            tiles.add(of(chain, height, width, rowParts, streams, 1, true));
          }
        }
      }
    }
    return tiles;
  }

  /// Whether a smaller tile would cover the image, too.
  private static boolean wastes(long tile, long extent, long smallest) {
    return tile > smallest && tile / 2 >= extent;
  }

  private static RegionTile of(
      RegionChain chain,
      long height,
      long width,
      long rowParts,
      long streams,
      long cluster,
      boolean resident) {
    GemmProblem problem = chain.first().problem();
    GemmProblem.Taps window = problem.window();
    long chunk = chain.arithmetic().chunk();
    long chunks =
        chain.depthwise().isPresent()
            ? 16 / chunk * Math.ceilDiv(Math.ceilDiv(problem.run(), 16L), cluster)
            : chain.firstChunks();
    long step = window.step().get(2);
    long pixelsOfChunk = chunk / chain.imageChannels();
    return new RegionTile(
        chain.arithmetic(),
        height,
        width,
        rowParts,
        streams,
        cluster,
        resident,
        Math.ceilDiv(problem.pixels().get(2), height),
        Math.ceilDiv(problem.pixels().get(3), width),
        problem.pixels().getFirst(),
        halo(window, 1, height),
        chain.packsPixels() ? (width - 1) * step + chunks * pixelsOfChunk : halo(window, 2, width),
        chunks,
        chain.packsPixels()
            ? chain.arithmetic().type().bytes() * chain.imageChannels()
            : pitch(chunks));
  }

  private static long halo(GemmProblem.Taps window, int axis, long outputs) {
    return (outputs - 1) * window.step().get(axis)
        + (window.kernel().get(axis) - 1) * window.dilation().get(axis)
        + 1;
  }

  /// The same tile where a block reads no other channels than those of its own groups.
  ///
  /// @param terms of the first product
  /// @param channels of a block
  RegionTile reading(ProductTerms terms, long channels) {
    if (terms.groups() == 1) {
      return this;
    }
    long own = terms.window(channels);
    return new RegionTile(
        arithmetic,
        height,
        width,
        rowParts,
        streams,
        cluster,
        resident,
        tilesDown,
        tilesAcross,
        images,
        haloHeight,
        haloWidth,
        own,
        pitch(own));
  }

  /// Bytes of a pixel: an odd number of chunks.
  private static long pitch(long chunks) {
    return (chunks + 1 - chunks % 2) * 16;
  }

  long rows() {
    return height * width;
  }

  /// Blocks of 16 rows that a warp has of some.
  long rowBlocks(long rows) {
    return rows / 16 / rowParts;
  }

  long warps() {
    return rowParts * streams;
  }

  long threads() {
    return warps() * 32;
  }

  /// Tiles of the batch.
  long tiles() {
    return images * tilesDown * tilesAcross;
  }

  /// Blocks of weights that a warp has in use and on the way. For tensor cores it holds them in
  /// registers; on scalar units its lanes share them in shared memory, and few warps need more
  /// each.
  long depth() {
    return switch (arithmetic) {
      case TENSOR_CORES -> resident ? 4 : 8;
      case SCALAR -> warps() <= 4 ? 16 : 8;
    };
  }

  /// Where weights lie in shared memory, behind 16 bytes of zeros.
  long weightsOffset() {
    return 16;
  }

  /// Bytes of weights in shared memory.
  ///
  /// @param streamBlocks blocks that every stream of weights has
  long weightBytes(long streamBlocks) {
    long passing =
        switch (arithmetic) {
          case TENSOR_CORES -> 0;
          case SCALAR -> warps() * depth();
        };
    return (resident ? streams * streamBlocks : passing) * 512;
  }

  long haloPixels() {
    return haloHeight * haloWidth;
  }

  long haloBytes() {
    return haloPixels() * haloPitch;
  }

  /// The constants of the templates that a tile decides, its tuning parameters apart.
  SequencedMap<String, Long> constants() {
    SequencedMap<String, Long> constants = new LinkedHashMap<>();
    constants.put("TILES_H", tilesDown);
    constants.put("TILES_W", tilesAcross);
    constants.put("HALO_H", haloHeight);
    constants.put("HALO_W", haloWidth);
    constants.put("CHUNKS", chunks);
    constants.put("HALO_PITCH", haloPitch);
    constants.put("WEIGHTS", weightsOffset());
    constants.put("DEPTH", depth());
    constants.put("TILES", tiles());
    return constants;
  }

  /// The tuning parameters of the templates.
  SequencedMap<String, Long> tuning() {
    SequencedMap<String, Long> tuning = new LinkedHashMap<>();
    tuning.put("TILE_H", height);
    tuning.put("TILE_W", width);
    tuning.put("ROW_PARTS", rowParts);
    tuning.put("STREAMS", streams);
    tuning.put("CLUSTER", cluster);
    tuning.put("RESIDENT", resident ? 1L : 0L);
    return tuning;
  }
}
