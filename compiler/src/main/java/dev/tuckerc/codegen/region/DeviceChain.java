package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.ScalarInstructions;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.cost.DeviceDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A chain on a device, and what its plans have in common: found once, for plans are many.
final class DeviceChain {
  private final RegionChain chain;
  private final DeviceDescription device;
  private final Map<Question, Division> divisions = new HashMap<>();

  /// Scalar instructions of a result of each stage; 0 of those that are no product.
  private final List<Double> epilogues = new ArrayList<>();

  /// Whether blocks read all channels of the input, whatever the division.
  private final boolean readsAll;

  /// Bytes of the weights of all products that have no groups.
  private final long weightBytes;

  DeviceChain(RegionChain chain, DeviceDescription device) {
    this.chain = chain;
    this.device = device;
    boolean halves = chain.arithmetic() == RegionArithmetic.TENSOR_CORES;
    long blocks = 0;
    boolean all = true;
    for (int i = 0; i < chain.stages().size(); i++) {
      double epilogue = 0;
      if (chain.stages().get(i) instanceof Product product) {
        epilogue =
            ScalarInstructions.of(product.problem().body(), halves, device.computeCapability());
        ProductTerms terms = ProductTerms.of(chain, product, i == 0);
        if (terms.groups() == 1) {
          long steps = Math.ceilDiv(terms.count(terms.tapChunks()), 2L);
          blocks += steps * Math.ceilDiv(product.channels(), 16L);
        } else {
          all = all && i > 0;
        }
      }
      epilogues.add(epilogue);
    }
    readsAll = all;
    weightBytes = 512 * blocks;
  }

  /// All that the division of a product depends on.
  private record Question(
      int stage,
      boolean held,
      boolean resident,
      long rows,
      long rowParts,
      long streams,
      long cluster) {}

  RegionChain chain() {
    return chain;
  }

  DeviceDescription device() {
    return device;
  }

  /// The best division of a product, see [Division#best]. Many tiles differ only in what it does
  /// not depend on, such as which way they are longer.
  Division division(Product product, int stage, long rows, boolean held, RegionTile tile) {
    Question question =
        new Question(
            stage, held, tile.resident(), rows, tile.rowParts(), tile.streams(), tile.cluster());
    return divisions.computeIfAbsent(
        question,
        _ ->
            Division.best(
                ProductTerms.of(chain, product, stage == 0),
                product.channels(),
                rows,
                held,
                tile,
                device));
  }

  /// Scalar instructions of a thread for a result of a product.
  double epilogue(int stage) {
    return epilogues.get(stage);
  }

  /// Bytes of shared memory that a block needs at least.
  long leastBytes(RegionTile tile) {
    return (readsAll ? tile.haloBytes() : 0) + (tile.resident() ? weightBytes : 0);
  }
}
