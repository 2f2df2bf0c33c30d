package dev.tuckerc.lab.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.calibrate.micro.Reading;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Device files made of measurements; every figure says where it comes from.
class MeasuredDeviceTest {
  private static Environment gpu(String name, int capability) {
    return new Environment(
        Instant.parse("2026-01-31T12:00:00Z"),
        "abc1234",
        name,
        false,
        capability,
        114,
        Optional.of("570.86.15"),
        "NVRTC 12.9",
        "Linux");
  }

  private static JsonNode reading(String label, Figure figure, double value) {
    ObjectNode line = Output.object();
    line.put("method", "by hand");
    ObjectNode reading = line.putArray("readings").addObject();
    reading.put("label", label);
    reading.put("figure", figure.key());
    reading.put("stable", true);
    Samples.of(value).addTo(reading);
    return line;
  }

  private static JsonNode limits() {
    ObjectNode line = Output.object();
    line.putObject("limits").put("multiprocessors", 114).put("l2Bytes", 60_000_000);
    return line;
  }

  /// The edge is what a chain costs beside a load and a store: the three add up to the chain.
  @Test
  void figuresAddUpToTheChain(@TempDir Path folder) throws Exception {
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA H200", 90),
            List.of(
                limits(),
                reading(Reading.CHAIN + ", serial", Figure.SERIAL_EDGE, 1.4),
                reading("first load", Figure.FIRST_LOAD, 0.2),
                reading("a store", Figure.STORE_LATENCY, 0.3),
                reading("barrier", Figure.BARRIER, -4)));
    assertThat(measured.refused())
        .containsExactly("refused barrier: a median of -4.0 cannot be right");
    DeviceFile file = measured.file();
    assertThat(file.entry(Figure.SERIAL_EDGE).orElseThrow().source())
        .isEqualTo(
            "measured: kernel of a chain with a load and a store, serial (by hand); median of 1,"
                + " p90 1.400; 2026-01-31T12:00:00Z, driver 570.86.15, commit abc1234; less"
                + " firstLoad and storeLatency of this file");
    assertThat(file.entry(Figure.BARRIER))
        .isEqualTo(DeviceFile.shipped("h200").entry(Figure.BARRIER));
    Path path = folder.resolve("device.json");
    Files.writeString(path, file.text());
    DeviceDescription read = DeviceDescription.read(path);
    assertThat(read.serialEdge() + read.firstLoad() + read.storeLatency())
        .isEqualTo(1.4, within(1e-6));
    assertThat(read.multiprocessors()).isEqualTo(114);
    assertThat(read.l2Bytes()).isEqualTo(60_000_000);
  }

  @Test
  void aChainThatLeavesNothingIsRefused() {
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA H100 80GB HBM3", 90),
            List.of(
                reading(Reading.CHAIN + ", serial", Figure.SERIAL_EDGE, 0.4),
                reading("first load", Figure.FIRST_LOAD, 0.3)));
    assertThat(measured.refused().getFirst()).contains("leaves nothing beside firstLoad");
    assertThat(measured.file().entry(Figure.SERIAL_EDGE))
        .isEqualTo(DeviceFile.shipped("h100").entry(Figure.SERIAL_EDGE));
  }

  @Test
  void relativesFiguresAreMarkedAsAssumedAndNothingIsInvented() {
    DeviceFile relative =
        MeasuredDevice.of(gpu("NVIDIA GeForce RTX 5090", 120), List.of(limits())).file();
    assertThat(relative.missing()).isEmpty();
    DeviceFile.Entry edge = relative.entry(Figure.SERIAL_EDGE).orElseThrow();
    assertThat(edge.source()).startsWith("not measured, assumed as on NVIDIA GeForce RTX 4090:");
    assertThat(edge.origin()).isEqualTo(DeviceFile.Origin.ESTIMATED);
    assertThat(MeasuredDevice.of(gpu("NVIDIA Tesla V100", 70), List.of(limits())).file().missing())
        .contains(Figure.CLOCK, Figure.SERIAL_EDGE)
        .doesNotContain(Figure.MULTIPROCESSORS);
  }
}
