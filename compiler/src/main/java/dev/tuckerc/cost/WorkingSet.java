package dev.tuckerc.cost;

/// What a network touches from one run to the next: it decides what a kernel finds in the
/// second-level cache.
///
/// @param bytes weights of all kernels and the activations that are alive together
public record WorkingSet(double bytes) {
  /// Share of the cache that serves at full rate: 44 of the 50 MB of an H200 (te42kyfo/gpu-benches,
  /// gpu-l2-cache).
  private static final double USABLE = 0.88;

  /// A network that fits the cache, or one of which nothing is known.
  public static final WorkingSet SMALL = new WorkingSet(0);

  /// Share of data that comes from device memory when `bytes` are touched in turn, again and again:
  /// none while they fit, all from one and a half times the usable size on. Between the two it
  /// grows evenly, which gives the published 6.5 TB/s at 52 MB on an H200 (10 from the cache, 3.9
  /// from device memory).
  public static double cold(double bytes, DeviceDescription device) {
    double usable = USABLE * device.l2Bytes();
    return Math.clamp((bytes - usable) / (usable / 2), 0, 1);
  }

  /// Share of the weights that comes from device memory.
  public double coldWeights(DeviceDescription device) {
    return cold(bytes, device);
  }
}
