package dev.tuckerc.codegen.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelTemplateTest {
  private static final String TEXT =
      """
      //! template sample.one : "adds"
      //! shape N
      //! param TILE in {32, 64}, UNROLL = 2
      //! let threads = ceildiv(N, TILE) * 2
      //! require threads <= 8 && N % TILE == 0 : "too many threads"
      #include "half.cuh"
      extern "C" __global__ void __launch_bounds__(64 /*! threads */) KERNEL(float* y) {
        //! constants
        constexpr int N = 5;
        //! end
        // a / comment
        //! if TILE == 32 || UNROLL > 7
        small(N);
        //! else
        //| large(threads);
        //! end
        //! hole body
        y[0] = UNROLL;
        //! end
      }
      """;

  private final KernelTemplate template = KernelTemplate.parse("sample_one.cu", TEXT);

  @Test
  void enumeratesWhatTheRequirementsAllow() {
    assertThat(template.candidates(Map.of("N", 64L)))
        .extracting(c -> List.of(c.get("TILE"), c.get("threads")))
        .containsExactly(List.of(32L, 4L), List.of(64L, 2L));
    assertThat(template.candidates(Map.of("N", 320L))).isEmpty();
    assertThat(template.candidates(Map.of("N", 192L), Map.of("TILE", 64L))).hasSize(1);
  }

  @Test
  void removesDeadBranchesAndDeclaresWhatIsUsed() {
    String source = source(64, Map.of("body", "y[0] = 1;\ny[1] = 2;"));
    assertThat(source)
        .contains("__launch_bounds__(2) k1(float* y)")
        .contains("  constexpr int threads = 2;\n")
        .contains("  large(threads);\n")
        .contains("  y[0] = 1;\n  y[1] = 2;\n")
        .contains("typedef unsigned short half_bits;")
        .doesNotContain("//!")
        .doesNotContain("small")
        .doesNotContain("UNROLL");
  }

  @Test
  void keepsTheDefaultOfAHole() {
    assertThat(source(32, Map.of()))
        .contains("constexpr int N = 64, UNROLL = 2;")
        .contains("  small(N);\n")
        .contains("  y[0] = UNROLL;\n");
  }

  @Test
  void namesFileLineAndColumnOfAnError() {
    assertThatThrownBy(
            () -> KernelTemplate.parse("bad.cu", "//! template a : \"b\"\n//! param X in 3\n"))
        .isInstanceOf(TemplateException.class)
        .hasMessageStartingWith("bad.cu:2:16:");
    assertThatThrownBy(
            () -> KernelTemplate.parse("bad.cu", "//! template a : \"b\"\n//! if 1\nx\n"))
        .hasMessageStartingWith("bad.cu:4");
    assertThatThrownBy(() ->
            KernelTemplate.parse(
                "bad.cu", "//! template a : \"b\"\n//! shape X\n//! param X = 3\n"))
        .hasMessage("bad.cu:3: 'X' is declared twice");
  }

  @Test
  void refusesAnUnknownHole() {
    assertThatThrownBy(() -> source(32, Map.of("nothing", "x")))
        .hasMessageContaining("no hole 'nothing'");
  }

  private String source(long tile, Map<String, String> holes) {
    var constants = template.candidates(Map.of("N", 64L), Map.of("TILE", tile)).getFirst();
    return new TemplateInstance(template, constants, holes, new LinkedHashSet<>())
        .source("k1", TemplateLibrary.standard());
  }
}
