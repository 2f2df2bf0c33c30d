package dev.tuckerc.lab.report.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class SvgTest {
  @Test
  void isWellFormedWhateverTheNames() throws Exception {
    RatioChart chart =
        new RatioChart(
            "a < b & c",
            "\"quoted\"",
            List.of("<series>"),
            "base",
            List.of(
                new RatioChart.Row(
                    "x & y",
                    List.of(new RatioChart.Bar(OptionalDouble.of(1.5), true)),
                    OptionalDouble.of(2))));
    Document document =
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new java.io.ByteArrayInputStream(
                    chart.svg().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    assertThat(document.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("a < b & c");
    assertThat(chart.svg()).contains("1.50x pred.");
  }

  @Test
  void numbersAreShortAndTheSameEverywhere() {
    assertThat(Svg.number(100)).isEqualTo("100");
    assertThat(Svg.number(0.125)).isEqualTo("0.13");
    assertThat(Svg.number(12.50)).isEqualTo("12.5");
    assertThat(Svg.number(-3)).isEqualTo("-3");
  }

  @Test
  void aLabelKeepsClearOfTheBaselineAndTheGoal() {
    RatioChart chart =
        new RatioChart(
            "t",
            "s",
            List.of("a"),
            "base",
            List.of(
                new RatioChart.Row(
                    "r",
                    List.of(new RatioChart.Bar(OptionalDouble.of(0.95), false)),
                    OptionalDouble.of(1.05))));
    double label = x(chart.svg(), "<text x=\"([0-9.]+)\"[^>]*>0.95x<");
    double goal = x(chart.svg().substring(chart.svg().indexOf("0.95x")), "<path d=\"M([0-9.]+) ");
    assertThat(label).isGreaterThan(goal + 6);
  }

  private static double x(String svg, String pattern) {
    var matcher = java.util.regex.Pattern.compile(pattern).matcher(svg);
    assertThat(matcher.find()).as(pattern).isTrue();
    return Double.parseDouble(matcher.group(1));
  }
}
