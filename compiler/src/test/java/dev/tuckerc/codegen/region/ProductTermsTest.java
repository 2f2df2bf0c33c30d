package dev.tuckerc.codegen.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ProductTermsTest {
  private static ProductTerms of(long groups, long channels, long run, long chunk) {
    return new ProductTerms(9, Math.ceilDiv(run, chunk), 0, groups, channels, run, chunk);
  }

  @Test
  void fourGroupsOfFourChannelsLieInTwoChunks() {
    ProductTerms terms = of(32, 128, 128, 8);
    assertThat(terms.window(16)).isEqualTo(2);
    assertThat(terms.window(32)).isEqualTo(4);
    assertThat(terms.firstChunk(48, 2)).isEqualTo(6);
    assertThat(terms.count(2)).isEqualTo(18);
    // A warp whose channels are all beyond the last reads what is there.
    assertThat(terms.firstChunk(160, 2)).isEqualTo(14);
  }

  @Test
  void groupsAcrossChunksTakeBothOfThem() {
    // Channels 0 to 15 are those of the groups 0 and 1, with input channels 0 to 23; channels 16 to
    // 31 those of the groups 1 and 2, with 12 to 35, which lie in four chunks.
    assertThat(of(6, 72, 72, 8).window(16)).isEqualTo(4);
  }

  @Test
  void withoutGroupsAWindowIsWhole() {
    assertThat(of(1, 40, 24, 8).window(16)).isEqualTo(3);
    assertThat(of(1, 40, 24, 8).firstChunk(32, 3)).isEqualTo(0);
  }

  /// Whatever the groups, blocks and warps find all input channels of theirs.
  @RepeatedTest(50)
  void windowsHoldAllTerms(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    long groups = 1 + random.nextInt(40);
    long channels = groups * (1 + random.nextInt(40));
    long run = groups * (1 + random.nextInt(40));
    long chunk = random.nextBoolean() ? 8 : 4;
    ProductTerms terms = of(groups, channels, run, chunk);
    long together = 16L * (1 + random.nextInt(4));
    long block = together * (1 + random.nextInt(5));
    long window = terms.window(together);
    long ofBlock = terms.window(block);
    assertThat(ofBlock).isBetween(window, terms.tapChunks());
    for (long first = 0; first < channels + block; first += together) {
      long blockChunk = terms.firstChunk(first / block * block, ofBlock);
      long from = terms.firstChunk(first, window, blockChunk, ofBlock);
      assertThat(from).isBetween(blockChunk, blockChunk + ofBlock - window);
      assertThat(from + window).isLessThanOrEqualTo(terms.tapChunks());
      for (long channel = first; channel < Math.min(first + together, channels); channel++) {
        long group = channel / (channels / groups);
        assertThat(group * (run / groups)).isGreaterThanOrEqualTo(from * chunk);
        assertThat((group + 1) * (run / groups)).isLessThanOrEqualTo((from + window) * chunk);
      }
    }
  }
}
