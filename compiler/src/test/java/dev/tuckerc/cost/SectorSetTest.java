package dev.tuckerc.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SectorSetTest {

  @Test
  void countsEverySectorOnce() {
    Random random = new Random(7);
    for (int run = 0; run < 200; run++) {
      SectorSet sectors = new SectorSet();
      Set<Long> expected = new HashSet<>();
      long around = random.nextLong(-100_000, 1L << 34);
      for (int i = 0; i < 60; i++) {
        long address = around + random.nextLong(-20_000, 20_000);
        long bytes = random.nextInt(3) == 0 ? random.nextLong(6_000) : random.nextLong(80);
        sectors.add(address, bytes);
        for (long at = address; at < address + bytes; at++) {
          expected.add(Math.floorDiv(at, (long) SectorSet.BYTES));
        }
        assertThat(sectors.distinct()).isEqualTo(expected.size());
      }
    }
  }

  @Test
  void nothingIsTouchedAtFirst() {
    assertThat(new SectorSet().distinct()).isZero();
  }
}
