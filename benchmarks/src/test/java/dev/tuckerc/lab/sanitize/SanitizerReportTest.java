package dev.tuckerc.lab.sanitize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SanitizerReportTest {

  @Test
  void readsARunWithoutFindings() {
    SanitizerReport report =
        parse(
            """
            ========= COMPUTE-SANITIZER
            case      verdict
            gemm/1    agree
            ========= ERROR SUMMARY: 0 errors
            """);
    assertThat(report.clean()).isTrue();
    assertThat(report.findings()).isEmpty();
  }

  @Test
  void readsFindingsOfMemcheckWithTheirDetails() {
    SanitizerReport report =
        parse(
            """
            ========= COMPUTE-SANITIZER
            ========= Invalid __global__ read of size 4 bytes
            =========     at conv_simt_1f+0x1b0 in conv.cu:41
            =========     by thread (3,0,0) in block (1,0,0)
            =========     Address 0x7f0a2c000410 is out of bounds
            =========     Saved host backtrace up to driver entry point at kernel launch time
            =========         Host Frame: [0x2d9b5f] in libcuda.so.1
            =========\s
            ========= Invalid __shared__ write of size 2 bytes
            =========     at gemm_mma+0x10
            =========
            ========= Program hit CUDA_ERROR_LAUNCH_FAILED (error 719) on CUDA API call to cuStreamSynchronize.
            =========     Saved host backtrace up to driver entry point at error
            =========
            ========= ERROR SUMMARY: 3 errors
            """);
    assertThat(report.clean()).isFalse();
    assertThat(report.errors()).hasValue(3);
    assertThat(report.findings())
        .extracting(SanitizerReport.Finding::headline)
        .containsExactly(
            "Invalid __global__ read of size 4 bytes",
            "Invalid __shared__ write of size 2 bytes",
            "Program hit CUDA_ERROR_LAUNCH_FAILED (error 719) on CUDA API call to"
                + " cuStreamSynchronize.");
    assertThat(report.findings().getFirst().details())
        .startsWith(
            "at conv_simt_1f+0x1b0 in conv.cu:41",
            "by thread (3,0,0) in block (1,0,0)",
            "Address 0x7f0a2c000410 is out of bounds");
  }

  @Test
  void readsHazardsOfRacecheck() {
    SanitizerReport report =
        parse(
            """
            ========= COMPUTE-SANITIZER
            ========= Error: Race reported between Write access at reduce+0x90 in reduce.cu:17
            =========     and Read access at reduce+0xd0 in reduce.cu:19 [124 hazards]
            =========
            ========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)
            """);
    assertThat(report.errors()).hasValue(1);
    assertThat(report.problems()).isEmpty();
    assertThat(report.findings()).hasSize(1);
    assertThat(parse("========= RACECHECK SUMMARY: 2 hazards displayed (0 errors, 2 warnings)\n"))
        .returns(2L, SanitizerReport::warnings)
        .returns(false, SanitizerReport::clean);
    assertThat(parse("========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)\n"))
        .returns(true, SanitizerReport::clean);
  }

  @Test
  void aToolThatFailsIsNotClean() {
    assertThat(
            parse(
                """
                ========= COMPUTE-SANITIZER
                ========= Error: Target application terminated before first instrumented API call
                """))
        .returns(false, SanitizerReport::finished)
        .returns(false, SanitizerReport::clean)
        .returns(
            List.of("Error: Target application terminated before first instrumented API call"),
            SanitizerReport::problems);
    assertThat(
            parse(
                """
                ========= Internal Sanitizer Error: the device is not supported
                ========= ERROR SUMMARY: 0 errors
                """))
        .returns(true, SanitizerReport::finished)
        .returns(false, SanitizerReport::clean);
    assertThat(parse("")).returns(false, SanitizerReport::finished);
  }

  @Test
  void keepsTheFirstFindingsAndTheWholeNumber() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("========= Invalid __global__ write of size ").append(i).append(" bytes\n");
      text.append("=========     at k+0x0\n".repeat(30));
    }
    text.append("========= ERROR SUMMARY: 200 errors\n");
    text.append("========= ERROR SUMMARY: 150 errors were not printed. Use --print-limit option\n");
    SanitizerReport report = parse(text.toString());
    assertThat(report.errors()).hasValue(200);
    assertThat(report.findings()).hasSize(SanitizerReport.KEPT);
    assertThat(report.findings().getFirst().details()).hasSizeLessThan(30);
  }

  private static SanitizerReport parse(String text) {
    return SanitizerReport.parse(new ArrayList<>(text.lines().toList()));
  }
}
