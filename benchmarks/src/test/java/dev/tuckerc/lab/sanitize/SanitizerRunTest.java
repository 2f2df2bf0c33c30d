package dev.tuckerc.lab.sanitize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.lab.sanitize.SanitizerRun.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/// Runs with a script in the place of compute-sanitizer.
@ResourceLock("processes")
class SanitizerRunTest {
  /// Checks its options as compute-sanitizer would, then runs the program.
  private static final String HEAD =
      """
      #!/usr/bin/env bash
      echo "$@" >"$(dirname "$0")/arguments"
      [[ $1 == --tool && $3 == --target-processes && $4 == all ]] || exit 3
      [[ $5 == --error-exitcode && $7 == --print-limit ]] || exit 3
      tool=$2 code=$6
      shift 8
      echo "========= COMPUTE-SANITIZER"
      """;

  private static final String CLEAN =
      """
      "$@"; exit=$?
      if [[ $tool == racecheck ]]; then
        echo "========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)"
      else
        echo "========= ERROR SUMMARY: 0 errors"
      fi
      exit $exit
      """;

  private static final String FINDS =
      """
      echo "========= Uninitialized __global__ memory read of size 4 bytes"
      echo "=========     at softmax+0x40"
      echo "========= ERROR SUMMARY: 1 error"
      exit $code
      """;

  private static final String BREAKS =
      """
      echo "========= Error: Unable to find injection library libsanitizer-collection.so"
      exit 1
      """;

  @TempDir Path folder;

  @Test
  void verifiesTheKernelsUnderTheTool() throws IOException {
    SanitizerRun run = run(SanitizerTool.RACECHECK, CLEAN, "softmax/*", 60);
    assertThat(run.remark()).isEmpty();
    assertThat(run.outcome()).isEqualTo(Outcome.CLEAN);
    assertThat(run.cases()).isPositive();
    assertThat(run.verified()).isPresent();
    assertThat(Files.readString(folder.resolve("arguments")))
        .startsWith("--tool racecheck --target-processes all --error-exitcode 77 --print-limit 50 ")
        .contains(
            "dev.tuckerc.lab.Lab verify --device emulator --kernels softmax/* --models none"
                + " --emulate never --out ")
        .endsWith("--budget 60.0\n");
  }

  @Test
  void saysWhatWasFound() throws IOException {
    SanitizerRun run = run(SanitizerTool.INITCHECK, FINDS, "*", Double.POSITIVE_INFINITY);
    assertThat(run.outcome()).isEqualTo(Outcome.FINDINGS);
    assertThat(run.remark()).isEqualTo("Uninitialized __global__ memory read of size 4 bytes");
    assertThat(run.exit()).isEqualTo(SanitizerRun.FOUND);
    assertThat(run.report().findings().getFirst().details()).containsExactly("at softmax+0x40");
    assertThat(Files.readString(folder.resolve("arguments"))).doesNotContain("--budget");
  }

  @Test
  void aToolThatBreaksIsNoCleanRun() throws IOException {
    SanitizerRun run = run(SanitizerTool.MEMCHECK, BREAKS, "*", 60);
    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.remark()).contains("Unable to find injection library");
    assertThat(run(SanitizerTool.MEMCHECK, "exit 0\n", "*", 60))
        .returns(Outcome.FAILED, SanitizerRun::outcome)
        .returns("compute-sanitizer printed no summary, exit code 0", SanitizerRun::remark);
  }

  @Test
  void aProgramThatFailsUnderTheToolIsNoCleanRun() throws IOException {
    SanitizerRun run = run(SanitizerTool.SYNCCHECK, CLEAN, "no-such-case", 60);
    assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(run.remark()).contains("no case matches 'no-such-case'");
  }

  private SanitizerRun run(SanitizerTool tool, String body, String kernels, double seconds)
      throws IOException {
    Path script = folder.resolve("stand-in");
    Files.writeString(script, HEAD + body);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<String> messages = new ArrayList<>();
    return SanitizerRun.run(script, tool, "emulator", kernels, seconds, messages::add);
  }
}
