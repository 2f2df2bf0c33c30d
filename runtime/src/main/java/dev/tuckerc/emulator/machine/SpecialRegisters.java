package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.Dim3;
import java.util.Arrays;
import java.util.Set;

/// Values of the special registers that do not change while a block runs.
public final class SpecialRegisters {
  /// Those that are the same in all lanes of a warp.
  private static final Set<String> UNIFORM =
      Set.of(
          "%ntid.x",
          "%ntid.y",
          "%ntid.z",
          "%ctaid.x",
          "%ctaid.y",
          "%ctaid.z",
          "%nctaid.x",
          "%nctaid.y",
          "%nctaid.z",
          "%warpid",
          "%nwarpid",
          "%smid",
          "%nsmid",
          "%gridid",
          "%dynamic_smem_size",
          "%total_smem_size",
          "%aggr_smem_size",
          "%clusterid.x",
          "%clusterid.y",
          "%clusterid.z",
          "%nclusterid.x",
          "%nclusterid.y",
          "%nclusterid.z",
          "%cluster_ctaid.x",
          "%cluster_ctaid.y",
          "%cluster_ctaid.z",
          "%cluster_nctaid.x",
          "%cluster_nctaid.y",
          "%cluster_nctaid.z",
          "%cluster_ctarank",
          "%cluster_nctarank",
          "%is_explicit_cluster",
          "WARP_SZ");

  private static final Set<String> VARYING =
      Set.of(
          "%tid.x",
          "%tid.y",
          "%tid.z",
          "%laneid",
          "%lanemask_eq",
          "%lanemask_lt",
          "%lanemask_le",
          "%lanemask_gt",
          "%lanemask_ge");

  private SpecialRegisters() {}

  /// Whether this is one of them.
  public static boolean known(String name) {
    return UNIFORM.contains(name) || VARYING.contains(name);
  }

  /// Whether it is the same in all lanes of a warp.
  public static boolean uniform(String name) {
    return UNIFORM.contains(name);
  }

  /// Whether it is a predicate.
  public static boolean predicate(String name) {
    return name.equals("%is_explicit_cluster");
  }

  static void fill(Warp warp, DecodedFunction function) {
    for (DecodedFunction.SpecialSlot special : function.specials) {
      if (special.home() == Home.PREDICATE) {
        warp.p[special.slot()] = warp.block.launch.function.clusterDimensions[0] > 0 ? -1 : 0;
      } else if (uniform(special.register())) {
        Arrays.fill(warp.i[special.slot()], uniformValue(warp, special.register()));
      } else {
        int[] values = warp.i[special.slot()];
        for (int lane = 0; lane < 32; lane++) {
          values[lane] = laneValue(warp, special.register(), lane);
        }
      }
    }
  }

  private static int laneValue(Warp warp, String name, int lane) {
    Dim3 size = warp.block.launch.blockSize;
    int thread = warp.index * 32 + lane;
    return switch (name) {
      case "%tid.x" -> thread % size.x();
      case "%tid.y" -> thread / size.x() % size.y();
      case "%tid.z" -> thread / size.x() / size.y();
      case "%laneid" -> lane;
      case "%lanemask_eq" -> 1 << lane;
      case "%lanemask_lt" -> (1 << lane) - 1;
      case "%lanemask_le" -> (2 << lane) - 1;
      case "%lanemask_gt" -> -(2 << lane);
      case "%lanemask_ge" -> -(1 << lane);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static int uniformValue(Warp warp, String name) {
    Block block = warp.block;
    Launch launch = block.launch;
    int[] cluster = launch.function.clusterDimensions;
    return switch (name) {
      case "%ntid.x" -> launch.blockSize.x();
      case "%ntid.y" -> launch.blockSize.y();
      case "%ntid.z" -> launch.blockSize.z();
      case "%ctaid.x" -> block.x;
      case "%ctaid.y" -> block.y;
      case "%ctaid.z" -> block.z;
      case "%nctaid.x" -> launch.grid.x();
      case "%nctaid.y" -> launch.grid.y();
      case "%nctaid.z" -> launch.grid.z();
      case "%warpid" -> warp.index;
      case "%nwarpid" -> 64;
      case "%smid", "%gridid" -> 0;
      case "%nsmid" -> 1;
      case "%dynamic_smem_size" -> launch.dynamicSharedBytes;
      case "%total_smem_size", "%aggr_smem_size" -> (int) block.shared.size;
      case "%clusterid.x" -> block.x / cluster[0];
      case "%clusterid.y" -> block.y / cluster[1];
      case "%clusterid.z" -> block.z / cluster[2];
      case "%nclusterid.x" -> launch.grid.x() / cluster[0];
      case "%nclusterid.y" -> launch.grid.y() / cluster[1];
      case "%nclusterid.z" -> launch.grid.z() / cluster[2];
      case "%cluster_ctaid.x" -> block.x % cluster[0];
      case "%cluster_ctaid.y" -> block.y % cluster[1];
      case "%cluster_ctaid.z" -> block.z % cluster[2];
      case "%cluster_nctaid.x" -> cluster[0];
      case "%cluster_nctaid.y" -> cluster[1];
      case "%cluster_nctaid.z" -> cluster[2];
      case "%cluster_ctarank" -> block.clusterRank;
      case "%cluster_nctarank" -> cluster[0] * cluster[1] * cluster[2];
      case "WARP_SZ" -> 32;
      default -> throw new IllegalArgumentException(name);
    };
  }
}
