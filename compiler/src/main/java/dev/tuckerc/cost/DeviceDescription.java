package dev.tuckerc.cost;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the performance model and the code generator know of a GPU. Times are in microseconds,
/// rates in bytes or multiply-adds per clock of one multiprocessor unless they say otherwise.
///
/// @param name product name
/// @param computeCapability major * 10 + minor
/// @param multiprocessors streaming multiprocessors
/// @param clockGigahertz sustained clock
/// @param registersPerMultiprocessor 32-bit registers
/// @param sharedPerMultiprocessor shared memory in bytes
/// @param sharedPerBlock most shared memory of one block, in bytes
/// @param threadsPerMultiprocessor most resident threads
/// @param blocksPerMultiprocessor most resident blocks
/// @param l2BytesPerClock second-level cache to one multiprocessor
/// @param l2Bandwidth second-level cache, whole device, in GB/s
/// @param l2Bytes size of the second-level cache
/// @param dramBandwidth device memory, achievable, in GB/s
/// @param sharedBytesPerClock shared memory of one multiprocessor
/// @param serialEdge between dependent kernels of a CUDA graph
/// @param programmaticEdge the same with programmatic dependent launch; negative where unsupported
/// @param barrier barrier of all threads of a block
/// @param firstLoad start of a kernel to its first arithmetic
/// @param storeLatency last arithmetic to visible result
/// @param fmaPerClock f32 multiply-adds
/// @param tensorPerClock f16 multiply-adds of the tensor cores
/// @param mmaLatency clocks of one dependent tensor-core step
public record DeviceDescription(
    String name,
    int computeCapability,
    int multiprocessors,
    double clockGigahertz,
    int registersPerMultiprocessor,
    int sharedPerMultiprocessor,
    int sharedPerBlock,
    int threadsPerMultiprocessor,
    int blocksPerMultiprocessor,
    double l2BytesPerClock,
    double l2Bandwidth,
    long l2Bytes,
    double dramBandwidth,
    double sharedBytesPerClock,
    double serialEdge,
    double programmaticEdge,
    double barrier,
    double firstLoad,
    double storeLatency,
    double fmaPerClock,
    double tensorPerClock,
    double mmaLatency) {

  /// The descriptions shipped with tuckerc.
  public static final List<String> SHIPPED = List.of("h200", "a100", "rtx4090", "t4");

  /// Architecture name for the kernel compiler, such as `sm_90`.
  public String architecture() {
    return "sm_" + computeCapability;
  }

  /// A description shipped with tuckerc, such as `h200`.
  ///
  /// @throws IllegalArgumentException when there is none of this name
  public static DeviceDescription shipped(String name) {
    String resource = "/dev/tuckerc/cost/devices/" + name + ".json";
    try (InputStream stream = DeviceDescription.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalArgumentException(
            "no device description '" + name + "'; there are " + SHIPPED);
      }
      return parse(name + ".json", new ObjectMapper().readTree(stream));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  /// Reads a description from a JSON file of the form of the shipped ones.
  ///
  /// @throws IllegalArgumentException when a figure is missing or is no number
  public static DeviceDescription read(Path file) {
    try {
      return parse(file.toString(), new ObjectMapper().readTree(Files.readString(file)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read device description " + file, e);
    }
  }

  /// The same figures for a relative of another compute capability.
  public DeviceDescription withComputeCapability(int capability) {
    return new DeviceDescription(
        name,
        capability,
        multiprocessors,
        clockGigahertz,
        registersPerMultiprocessor,
        sharedPerMultiprocessor,
        sharedPerBlock,
        threadsPerMultiprocessor,
        blocksPerMultiprocessor,
        l2BytesPerClock,
        l2Bandwidth,
        l2Bytes,
        dramBandwidth,
        sharedBytesPerClock,
        serialEdge,
        programmaticEdge,
        barrier,
        firstLoad,
        storeLatency,
        fmaPerClock,
        tensorPerClock,
        mmaLatency);
  }

  private static DeviceDescription parse(String file, JsonNode root) {
    Figures figures = new Figures(file, root);
    return new DeviceDescription(
        root.path("name").asText(file),
        (int) figures.get("computeCapability"),
        (int) figures.get("multiprocessors"),
        figures.get("clockGigahertz"),
        (int) figures.get("registersPerMultiprocessor"),
        (int) figures.get("sharedPerMultiprocessor"),
        (int) figures.get("sharedPerBlock"),
        (int) figures.get("threadsPerMultiprocessor"),
        (int) figures.get("blocksPerMultiprocessor"),
        figures.get("l2BytesPerClock"),
        figures.get("l2Bandwidth"),
        (long) figures.get("l2Bytes"),
        figures.get("dramBandwidth"),
        figures.get("sharedBytesPerClock"),
        figures.get("serialEdge"),
        figures.get("programmaticEdge"),
        figures.get("barrier"),
        figures.get("firstLoad"),
        figures.get("storeLatency"),
        figures.get("fmaPerClock"),
        figures.get("tensorPerClock"),
        figures.get("mmaLatency"));
  }

  /// Each figure is an object `{"value": ..., "source": "..."}`.
  private record Figures(String file, JsonNode root) {
    double get(String key) {
      JsonNode value = root.path("figures").path(key).path("value");
      if (!value.isNumber()) {
        throw new IllegalArgumentException(
            "device description " + file + ": figures." + key + ".value is missing or no number");
      }
      return value.asDouble();
    }
  }
}
