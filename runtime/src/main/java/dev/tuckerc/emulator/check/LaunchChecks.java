package dev.tuckerc.emulator.check;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The memory checks of one launch: which are on, and what all its blocks share.
public final class LaunchChecks {
  final boolean initialization;
  final boolean races;

  /// Whether it is tracked which accesses come before which.
  final boolean ordering;

  final boolean asyncCopies;

  /// Finds races, where they are looked for.
  final @Nullable RaceDetector detector;

  final String kernel;
  final int warpsPerBlock;
  final int warpsPerCluster;

  private final Dim3 grid;
  private final Dim3 blockSize;
  private final int[] clusterSize;
  private final List<Shadow> touched = new ArrayList<>();

  private int[] siteOfLine = new int[256];
  private final List<SourcePosition> sites = new ArrayList<>();

  private int[] issuers = new int[16];
  private int agents;

  private LaunchChecks(
      Set<Check> checks, String kernel, Dim3 grid, Dim3 blockSize, int[] clusterSize) {
    this.kernel = kernel;
    this.grid = grid;
    this.blockSize = blockSize;
    this.clusterSize = clusterSize;
    initialization = checks.contains(Check.INITIALIZATION);
    races = checks.contains(Check.RACES);
    asyncCopies = checks.contains(Check.ASYNC_COPIES);
    warpsPerBlock = (int) ((blockSize.count() + 31) / 32);
    warpsPerCluster = warpsPerBlock * clusterSize[0] * clusterSize[1] * clusterSize[2];
    ordering = races || asyncCopies;
    detector = ordering ? new RaceDetector(this) : null;
    if (ordering && grid.count() * warpsPerBlock > Stamp.MOST_WARPS) {
      throw new DeviceException(
          "kernel "
              + kernel
              + ": "
              + grid.count() * warpsPerBlock
              + " warps are too many for the checks '"
              + Check.RACES.word()
              + "' and '"
              + Check.ASYNC_COPIES.word()
              + "', which distinguish "
              + Stamp.MOST_WARPS
              + "; leave them out");
    }
  }

  /// The checks of a launch, or null when none of the memory checks is on.
  public static @Nullable LaunchChecks of(
      Set<Check> checks, String kernel, Dim3 grid, Dim3 blockSize, int[] clusterSize) {
    return Check.MEMORY.stream().anyMatch(checks::contains)
        ? new LaunchChecks(checks, kernel, grid, blockSize, clusterSize)
        : null;
  }

  /// Whether blocks must run on one thread.
  public boolean sequential() {
    return ordering;
  }

  /// Gives back what only the launch needed.
  public void end() {
    touched.forEach(Shadow::endLaunch);
    touched.clear();
  }

  void touched(Shadow shadow) {
    if (shadow.global) {
      touched.add(shadow);
    }
  }

  /// The number of an instruction; 0 once there are too many, or where none is needed. Blocks on
  /// several threads need none.
  int site(SourcePosition position) {
    if (!ordering) {
      return 0;
    }
    int line = position.ptxLine();
    if (line >= siteOfLine.length) {
      siteOfLine = Arrays.copyOf(siteOfLine, line * 2);
    }
    int site = siteOfLine[line];
    if (site == 0 && sites.size() < Stamp.MOST_SITES) {
      sites.add(position);
      site = sites.size();
      siteOfLine[line] = site;
    }
    return site;
  }

  int newAgent() {
    if (agents == Stamp.MOST_AGENTS) {
      throw new DeviceException(
          "kernel " + kernel + ": too many memory barriers for the memory checks; leave them out");
    }
    if (agents == issuers.length) {
      issuers = Arrays.copyOf(issuers, agents * 2);
    }
    return Stamp.FIRST_AGENT + agents++;
  }

  void setIssuer(int agent, int warp) {
    issuers[agent - Stamp.FIRST_AGENT] = warp;
  }

  /// The first warp of a block, where warps of a cluster are neighbours.
  int firstWarp(int x, int y, int z, int rank) {
    long across = grid.x() / clusterSize[0];
    long down = grid.y() / clusterSize[1];
    long cluster = (z / clusterSize[2] * down + y / clusterSize[1]) * across + x / clusterSize[0];
    return (int) (cluster * warpsPerCluster + (long) rank * warpsPerBlock);
  }

  /// Whether two accesses are of the same cluster.
  boolean sameCluster(long one, long other) {
    return Stamp.warp(one) / warpsPerCluster == Stamp.warp(other) / warpsPerCluster;
  }

  /// A block in words.
  String block(int block) {
    int cluster = block * warpsPerBlock / warpsPerCluster;
    int rank = block - cluster * (warpsPerCluster / warpsPerBlock);
    int across = grid.x() / clusterSize[0];
    int down = grid.y() / clusterSize[1];
    int x = cluster % across * clusterSize[0] + rank % clusterSize[0];
    int y = cluster / across % down * clusterSize[1] + rank / clusterSize[0] % clusterSize[1];
    int z = cluster / across / down * clusterSize[2] + rank / clusterSize[0] / clusterSize[1];
    return "(" + x + "," + y + "," + z + ")";
  }

  private int issuer(long stamp) {
    int warp = Stamp.warp(stamp);
    return warp >= Stamp.FIRST_AGENT ? issuers[warp - Stamp.FIRST_AGENT] : warp;
  }

  /// Who did an access and where, in words.
  String who(long stamp) {
    int warp = issuer(stamp);
    int lane = Stamp.lane(stamp);
    int first = warp % warpsPerBlock * 32;
    String threads =
        lane == Stamp.ALL_LANES
            ? "threads " + thread(first) + " to " + thread(first + 31)
            : "thread " + thread(first + lane);
    return threads + " of block " + block(warp / warpsPerBlock) + " at " + where(stamp);
  }

  /// The instruction of an access in words.
  String where(long stamp) {
    int site = Stamp.site(stamp);
    return site == 0 ? "an unknown line" : sites.get(site - 1).toString();
  }

  private String thread(int index) {
    int x = blockSize.x();
    int y = blockSize.y();
    return "(" + index % x + "," + index / x % y + "," + index / x / y + ")";
  }

  /// A race in words.
  ///
  /// @param place where, in words
  /// @param other stamp of the earlier access
  String race(
      WarpChecks warp, String place, int bytes, Access access, long other, String otherKind) {
    int by = Stamp.warp(other);
    String order =
        by == warp.id()
            ? "no __syncwarp() or barrier is between them"
            : by / warpsPerBlock == warp.id() / warpsPerBlock
                ? "no barrier is between them (__syncthreads(), or an mbarrier)"
                : by / warpsPerCluster == warp.id() / warpsPerCluster
                    ? "no barrier of the cluster is between them"
                    : "nothing orders their blocks (atomics with __threadfence() on both sides,"
                        + " or another launch)";
    return "race on "
        + place
        + ": "
        + access
        + " of "
        + bytes
        + (bytes == 1 ? " byte" : " bytes")
        + " and the "
        + otherKind
        + " of "
        + who(other)
        + ": "
        + order;
  }
}
