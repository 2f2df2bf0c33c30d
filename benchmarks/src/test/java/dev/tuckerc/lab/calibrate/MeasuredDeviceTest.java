package dev.tuckerc.lab.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.cuda.CudaLimits;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.calibrate.Outcome.Status;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.calibrate.micro.Reading;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Host;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Device files made of measurements; every figure says where it comes from.
class MeasuredDeviceTest {
  private static final CudaLimits LIMITS = new CudaLimits(65536, 233472, 2048, 32, 60_000_000);

  private static DeviceInfo gpu(String name, int capability) {
    return new DeviceInfo(DeviceInfo.Kind.CUDA, name, capability, 114, 80L << 30, 232448);
  }

  private static Environment environment(String name) {
    return new Environment(
        Instant.parse("2026-01-31T12:00:00Z"),
        "0.1",
        "abc1234",
        new Environment.DeviceRecord(
            "cuda:0", false, name, 90, 114, 80L << 30, Optional.of("570.86.15"), Optional.empty()),
        new Environment.Nvrtc("NVRTC 12.9", "shipped"),
        new Host("Linux", "6", "cpu", 2, 1, "25"),
        List.of());
  }

  private static Samples around(double value, double step) {
    return Samples.of(IntStream.range(0, 21).mapToDouble(i -> value + (i - 10) * step).toArray());
  }

  private static Reading reading(Figure figure, Samples samples) {
    return new Reading("the " + figure.key(), figure.unit(), Optional.of(figure), samples);
  }

  private static List<Outcome> outcomes(Reading... readings) {
    return List.of(
        new Outcome(
            "test",
            "by hand",
            Status.MEASURED,
            "",
            List.of(),
            List.of(readings),
            Map.of(),
            Map.of(),
            List.of(),
            1));
  }

  @Test
  void knownProductKeepsItsSourcesWhereNothingWasMeasured(@TempDir Path folder) throws IOException {
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA H200", 90),
            Optional.of(LIMITS),
            outcomes(
                reading(Figure.SERIAL_EDGE, around(0.9, 0.001)),
                reading(Figure.GRID_BARRIER, around(-0.1, 0.001)),
                reading(Figure.FIRST_LOAD, around(0.5, 0.1)),
                reading(Figure.COLD_CODE, around(-4, 1))),
            environment("NVIDIA H200"));
    assertThat(measured.complete()).isTrue();
    DeviceFile file = measured.file();
    assertThat(file.entry(Figure.SERIAL_EDGE).orElseThrow().source())
        .isEqualTo(
            "measured: the serialEdge (by hand); median of 21, p10 0.8920, p90 0.9080, MAD 0.00500;"
                + " 2026-01-31T12:00:00Z, driver 570.86.15, commit abc1234");
    assertThat(file.entry(Figure.FIRST_LOAD).orElseThrow().source()).contains("NOT STABLE");
    assertThat(file.entry(Figure.GRID_BARRIER).orElseThrow().value())
        .isEqualTo(-0.1, within(1e-12));
    assertThat(measured.refused())
        .containsExactly("coldCodePerKilobyte: a median of -4.0 cannot be right");
    assertThat(file.entry(Figure.STORE_LATENCY))
        .isEqualTo(DeviceFile.shipped("h200").entry(Figure.STORE_LATENCY));
    assertThat(measured.kept())
        .contains(Figure.STORE_LATENCY, Figure.TENSOR_PER_CLOCK)
        .doesNotContain(Figure.SERIAL_EDGE, Figure.MULTIPROCESSORS, Figure.L2_BYTES);
    assertThat(file.entry(Figure.L2_BYTES).orElseThrow().source())
        .isEqualTo("asked of the driver (cuDeviceGetAttribute)");

    Path path = folder.resolve("device.json");
    Files.writeString(path, file.text());
    DeviceDescription description = DeviceDescription.read(path);
    assertThat(description.serialEdge()).isEqualTo(0.9, within(1e-6));
    assertThat(description.multiprocessors()).isEqualTo(114);
    assertThat(description.l2Bytes()).isEqualTo(60_000_000);
    assertThat(description.name()).isEqualTo("NVIDIA H200");
  }

  @Test
  void relativesFiguresAreMarkedAsAssumed() {
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA GeForce RTX 5090", 120),
            Optional.of(LIMITS),
            outcomes(reading(Figure.PROGRAMMATIC_EDGE, around(0.6, 0.001))),
            environment("NVIDIA GeForce RTX 5090"));
    assertThat(measured.complete()).isTrue();
    assertThat(measured.file().entry(Figure.SERIAL_EDGE).orElseThrow().source())
        .startsWith("not measured, assumed as on NVIDIA GeForce RTX 4090: estimate");
    assertThat(measured.file().entry(Figure.COMPUTE_CAPABILITY).orElseThrow().value())
        .isEqualTo(120);
    assertThat(measured.kept())
        .contains(Figure.SERIAL_EDGE)
        .doesNotContain(Figure.PROGRAMMATIC_EDGE);
  }

  /// Nothing is invented for a GPU that no description is near to.
  @Test
  void unknownGpuListsWhatIsMissing() {
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA Tesla V100", 70),
            Optional.of(LIMITS),
            outcomes(reading(Figure.SERIAL_EDGE, around(2, 0.001))),
            environment("NVIDIA Tesla V100"));
    assertThat(measured.complete()).isFalse();
    assertThat(measured.base()).isEmpty();
    assertThat(measured.kept()).isEmpty();
    assertThat(measured.file().missing())
        .containsExactly(
            Figure.CLOCK,
            Figure.L2_BYTES_PER_CLOCK,
            Figure.L2_BANDWIDTH,
            Figure.DRAM_BANDWIDTH,
            Figure.SHARED_BYTES_PER_CLOCK,
            Figure.BARRIER,
            Figure.FIRST_LOAD,
            Figure.STORE_LATENCY,
            Figure.FMA_PER_CLOCK,
            Figure.TENSOR_PER_CLOCK,
            Figure.MMA_LATENCY);
    Reading[] all =
        Arrays.stream(Figure.values())
            .filter(measured.file().missing()::contains)
            .map(f -> reading(f, around(7, 0)))
            .toArray(Reading[]::new);
    MeasuredDevice complete =
        MeasuredDevice.of(
            gpu("NVIDIA Tesla V100", 70),
            Optional.of(LIMITS),
            List.of(
                outcomes(all).getFirst(),
                outcomes(reading(Figure.SERIAL_EDGE, around(2, 0))).getFirst()),
            environment("NVIDIA Tesla V100"));
    assertThat(complete.complete()).isTrue();
  }

  @Test
  void tableNamesTheFurthestFigures() {
    List<Outcome> outcomes =
        outcomes(
            reading(Figure.SERIAL_EDGE, around(2.6, 0.001)),
            reading(Figure.PROGRAMMATIC_EDGE, around(0.06, 0.0001)),
            reading(Figure.CLOCK, around(1.83, 0.001)),
            reading(Figure.FMA_PER_CLOCK, around(120, 0.1)),
            reading(Figure.MMA_LATENCY, around(40, 0.1)),
            reading(Figure.BARRIER, around(0.02, 0)),
            reading(Figure.STREAM_EDGE, around(3, 0.1)));
    List<Comparison> comparisons = Comparison.of(outcomes, Optional.of(DeviceFile.shipped("h200")));
    List<Comparison> surprising = Comparison.surprising(comparisons, 3);
    assertThat(surprising)
        .extracting(Comparison::figure)
        .containsExactly(Figure.PROGRAMMATIC_EDGE, Figure.SERIAL_EDGE, Figure.BARRIER);
    assertThat(surprising.getFirst().ratio().orElseThrow()).isEqualTo(0.1, within(1e-9));
    MeasuredDevice measured =
        MeasuredDevice.of(
            gpu("NVIDIA H200", 90), Optional.of(LIMITS), outcomes, environment("NVIDIA H200"));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new CalibrationTable(
            environment("NVIDIA H200"), outcomes, comparisons, surprising, Optional.of(measured))
        .print(new PrintStream(bytes, true));
    assertThat(bytes.toString())
        .contains("programmaticEdge: 0.060, shipped 0.600, 0.100 times")
        .containsPattern("serialEdge +2\\.600 +us +1\\.300 +2\\.000 +0\\.6% +21\n")
        .containsPattern("streamEdge +3\\.000 +us +- +- +53\\.3% +21 +not stable")
        .contains("kept, not measured: registers".substring(0, 19));
    String json = CalibrationJson.of("sm_90a", false, outcomes, comparisons, surprising).toString();
    assertThat(json)
        .contains("\"figure\":\"serialEdge\",\"unit\":\"us\",\"measured\":2.6,\"shipped\":1.3")
        .contains("\"surprising\":[\"programmaticEdge\",\"serialEdge\",\"barrier\"]");
  }
}
