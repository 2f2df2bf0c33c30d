package dev.tuckerc.emulator;

import dev.tuckerc.emulator.check.Check;
import org.junit.jupiter.api.Nested;

/// The independent kernels with every check on: nothing is found, and the results are the same.
class CheckedKernelsTest {
  private static EmulatorOptions checked() {
    return EmulatorOptions.DEFAULT.withChecks(Check.ALL);
  }

  @Nested
  class Textbook extends TextbookKernelsTest {
    @Override
    EmulatorOptions options() {
      return checked();
    }
  }

  @Nested
  class Hopper extends HopperKernelsTest {
    @Override
    EmulatorOptions options() {
      return checked();
    }
  }
}
