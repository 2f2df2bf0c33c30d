package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.cost.SectorSet;
import dev.tuckerc.ir.Value;

/// What a block of average position moves between global memory and its multiprocessor, in whole
/// sectors.
record RegionTraffic(RegionChain chain, RegionPlan plan) {

  /// Bytes of the input that a block reads: the pixels under its windows that lie inside the image.
  double haloBytes(GemmProblem first) {
    RegionTile tile = plan.tile();
    double rows = meanInside(first, 1, tile.tilesDown(), tile.height(), tile.haloHeight());
    double columns = meanInside(first, 2, tile.tilesAcross(), tile.width(), tile.haloWidth());
    if (chain.image().isPresent()) {
      // Rows of each channel by themselves.
      return first.run() * rows * SectorSet.BYTES * SectorSet.expected(4 * columns, 4);
    }
    long channels = Math.min(first.run(), tile.chunks() * tile.arithmetic().chunk());
    long pitch = first.inputStrides().get(3);
    return rows * SectorSet.BYTES * sectors(columns, channels, pitch);
  }

  /// Bytes of a tensor that has a pixel for each of a stage's, as far as a block has to do with it.
  double bytesOfBlock(Value value) {
    long channels = value.shape().extent(1);
    long pitch = Math.max(channels, value.type().layout().pitch());
    double pixels = value.shape().elementCount() / (double) channels / plan.tile().tiles();
    double rows = Math.max(1, Math.sqrt(pixels));
    double slice = (double) channels / plan.tile().cluster();
    return slice == channels
        ? rows * SectorSet.BYTES * sectors(pixels / rows, channels, pitch)
        : pixels * SectorSet.BYTES * SectorSet.expected(elementBytes() * slice, 32);
  }

  /// Sectors of neighbouring pixels of a row.
  private double sectors(double pixels, long channels, long pitch) {
    long bytes = channels * elementBytes();
    return channels == pitch
        ? SectorSet.expected(pixels * bytes, bytes)
        : pixels * SectorSet.expected(bytes, SectorSet.alignment(bytes, pitch * elementBytes()));
  }

  /// Coordinates of an axis that a tile reads and that lie inside the image.
  private static double meanInside(
      GemmProblem first, int axis, long tiles, long outputs, long halo) {
    GemmProblem.Taps window = first.window();
    long inside = 0;
    for (long t = 0; t < tiles; t++) {
      long from = t * outputs * window.step().get(axis) - window.padBefore().get(axis);
      long end = Math.min(first.inputExtents().get(axis), from + halo);
      inside += Math.max(0, end - Math.max(0, from));
    }
    return (double) inside / tiles;
  }

  private int elementBytes() {
    return plan.tile().arithmetic().type().bytes();
  }
}
