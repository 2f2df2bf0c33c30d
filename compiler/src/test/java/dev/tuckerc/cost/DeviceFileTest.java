package dev.tuckerc.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.cost.DeviceFile.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Device files, and what descriptions make of figures that they leave out.
class DeviceFileTest {

  @ParameterizedTest
  @ValueSource(strings = {"h200", "h100", "a100", "rtx4090", "t4"})
  void shippedFilesSurviveWritingAndReading(String name) {
    DeviceFile file = DeviceFile.shipped(name);
    assertThat(file.missing()).isEmpty();
    assertThat(DeviceFile.parse("again", file.text())).isEqualTo(file);
    assertThat(file.figures().values()).allMatch(entry -> !entry.source().isBlank());
    assertThat(DeviceDescription.of(file)).isEqualTo(DeviceDescription.shipped(name));
  }

  /// A file of before there were optional figures: everything needed and nothing else.
  @Test
  void fileWithoutOptionalFiguresIsRead(@TempDir Path folder) throws IOException {
    DeviceFile shipped = DeviceFile.shipped("h200");
    Map<Figure, Entry> needed =
        shipped.figures().entrySet().stream()
            .filter(e -> e.getKey().required())
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    Path path = folder.resolve("old.json");
    Files.writeString(path, new DeviceFile("old", needed).text());
    DeviceDescription old = DeviceDescription.read(path);
    assertThat(old.optional()).isEmpty();
    assertThat(old.name()).isEqualTo("old");
    assertThat(old.clusterExchange(8)).isEqualTo(0.3);
    assertThat(old.gridBarrier(132)).isEqualTo(0.85);
    assertThat(old.figure(Figure.L2_LATENCY)).isEmpty();
  }

  @Test
  void optionalFiguresAreUsed() {
    DeviceDescription h200 = DeviceDescription.shipped("h200");
    assertThat(h200.clusterExchange(2)).isEqualTo(0.62);
    assertThat(h200.clusterExchange(3)).isEqualTo(0.62);
    assertThat(h200.clusterExchange(16)).isEqualTo(0.91);
    assertThat(h200.gridBarrier(100)).isEqualTo(0.83 + 100 * 0.002);
    assertThat(h200.figure(Figure.L2_LATENCY)).hasValue(275);
    assertThat(h200.edge(false)).isEqualTo(h200.serialEdge());
    assertThat(h200.edge(true)).isEqualTo(h200.programmaticEdge()).isLessThan(h200.serialEdge());
    DeviceDescription a100 = DeviceDescription.shipped("a100");
    assertThat(a100.edge(true)).isEqualTo(a100.serialEdge());
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThatThrownBy(() -> DeviceFile.parse("d.json", "{\"figures\": {"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("device description d.json is no JSON");
    assertThatThrownBy(() -> DeviceFile.parse("d.json", "{\"name\": \"x\"}"))
        .hasMessage(
            "device description d.json: figures.computeCapability.value is missing or no number");
    assertThatThrownBy(
            () -> DeviceFile.parse("d.json", "{\"figures\": {\"serialEdge\": {\"value\": \"1\"}}}"))
        .hasMessageContaining("d.json: figures.serialEdge.value is missing or no number");
    assertThatThrownBy(
            () -> DeviceFile.parse("d.json", "{\"figures\": {\"serialEgde\": {\"value\": 1}}}"))
        .hasMessageContaining("d.json: unknown figure 'serialEgde'; there are [computeCapability,");
    assertThatThrownBy(() -> DeviceFile.shipped("h300"))
        .hasMessageContaining("no device description 'h300'; there are [h200,");
    assertThatThrownBy(() -> new Entry(Double.NaN, "measured")).hasMessageContaining("finite");
    assertThatThrownBy(() -> new Entry(1, " ")).hasMessageContaining("source");
  }

  @Test
  void valuesAreRoundedAndTextIsQuoted() {
    DeviceFile file =
        new DeviceFile("a \"GPU\"", Map.of())
            .with(Figure.CLOCK, new Entry(1.23456789, "said \"so\"\n"))
            .with(Figure.MULTIPROCESSORS, new Entry(132, "asked"));
    assertThat(file.text())
        .isEqualTo(
            """
            {
              "name": "a \\"GPU\\"",
              "figures": {
                "multiprocessors": {"value": 132, "source": "asked"},
                "clockGigahertz": {"value": 1.23457, "source": "said \\"so\\"\\n"}
              }
            }
            """);
  }

  @Test
  void figuresHaveDistinctKeys() {
    assertThat(Arrays.stream(Figure.values()).map(Figure::key)).doesNotHaveDuplicates();
    for (Figure figure : Figure.values()) {
      assertThat(Figure.of(figure.key())).contains(figure);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NVIDIA H200, 90, h200, PRODUCT",
    "NVIDIA H100 80GB HBM3, 90, h100, PRODUCT",
    "'', 90, h200, CAPABILITY",
    "NVIDIA A100-SXM4-80GB, 80, a100, PRODUCT",
    "NVIDIA GeForce RTX 4090, 89, rtx4090, PRODUCT",
    "NVIDIA GeForce RTX 5090, 120, rtx4090, RELATIVE",
    "NVIDIA RTX A6000, 86, rtx4090, RELATIVE",
    "NVIDIA B200, 100, h200, RELATIVE",
    "'', 75, t4, CAPABILITY"
  })
  void nearestShippedDescription(
      String product, int capability, String shipped, Kinship.Degree degree) {
    assertThat(Kinship.of(product, capability)).contains(new Kinship(shipped, degree));
  }

  /// A kernel of a chain with its load and store: what was published for it, not the sum of three
  /// figures taken apart.
  @ParameterizedTest
  @CsvSource({"h200, 1.26, 1.37", "h100, 1.26, 1.37", "a100, 1.34, 1.82", "rtx4090, 0.94, 1.13"})
  void aDependentKernelCostsWhatWasPublished(String name, double least, double most) {
    DeviceDescription device = DeviceDescription.shipped(name);
    assertThat(device.serialEdge() + device.firstLoad() + device.storeLatency())
        .isBetween(least, most);
    assertThat(DeviceFile.shipped(name).entry(Figure.SERIAL_EDGE).orElseThrow().origin())
        .isEqualTo(DeviceFile.Origin.PUBLISHED);
  }

  @Test
  void originsAreToldBySources() {
    assertThat(new Entry(1, "measured: slope").origin()).isEqualTo(DeviceFile.Origin.MEASURED);
    assertThat(new Entry(1, "NVIDIA T4 datasheet").origin()).isEqualTo(DeviceFile.Origin.PUBLISHED);
    assertThat(new Entry(1, "not measured, assumed as on NVIDIA H200: measured: x").origin())
        .isEqualTo(DeviceFile.Origin.ESTIMATED);
    assertThat(new Entry(1, "estimate: as of 4 blocks").origin())
        .isEqualTo(DeviceFile.Origin.ESTIMATED);
  }

  @Test
  void noDescriptionIsNearEnough() {
    assertThat(Kinship.of("NVIDIA V100", 70)).isEmpty();
    assertThat(Kinship.of("NVIDIA H200", 70)).isEmpty();
  }
}
