package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every mistake is one clear message.
class FaultsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          frobnicate.b32 %r1, %r2;              | instruction frobnicate.b32 is not supported
          add.s32 %r1, %r2;                     | add.s32 takes 2 sources and a result
          mov.u32 %r1, nowhere;                 | unknown symbol nowhere
          mov.u32 %r1, %nothing;                | special register %nothing
          ld.global.u32 %r1, [%rd2+400];        | load of 4 bytes at global address
          ld.global.u32 %r1, [%rd2+400];        | 272 bytes past the end of buffer ints of 128 bytes
          ld.global.u32 %r1, [%rd2+-4];         | 4 bytes before buffer ints
          ld.global.u32 %r1, [%rd2+2];          | misaligned global address
          st.global.v4.u32 [%rd2+8], {%r1,%r1,%r1,%r1}; | misaligned global address
          mov.u64 %rd3, 8; ld.global.u32 %r1, [%rd3]; | a null pointer
          mov.u64 %rd3, 8; ld.u32 %r1, [%rd3];  | a null pointer
          mov.u32 %r1, 64; st.shared.u32 [%r1], %r0; | outside the 0 bytes of shared memory
          trap;                                 | trap executed
          L: bra.uni L;                         | an endless loop?
          bar.sync 17;                          | barrier 17 is not one of 0 to 15
          setp.lt.u32 %p1, %r0, 5; @%p1 bra A; bar.sync 0; bra.uni B; A: bar.sync 1; B: | deadlock
          setp.lt.u32 %p1, %r0, 5; @%p1 mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f1,%f1,%f1,%f1},{%r1,%r1},{%r1},{%f1,%f1,%f1,%f1}; | needs all 32 threads
          ld.param.u32 %r1, [out+20];           | outside the 16 bytes of parameter memory
          """)
  void inKernels(String code, String message) {
    EmulatorOptions options = EmulatorOptions.DEFAULT.withThreads(1).withInstructionBudget(100_000);
    try (Kernels kernels = new Kernels(options)) {
      DeviceBuffer buffer = kernels.buffer(new int[32]);
      assertThatThrownBy(() ->
              kernels.run(
                  kernels.body(code), "test", Kernels.size(1), Kernels.size(32), 0, buffer, buffer))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining(message)
          .hasMessageContaining("PTX line ");
    }
  }

  @Test
  void namesKernelBlockThreadAndCudaLine() {
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withThreads(1))) {
      DeviceModule module = kernels.cuda("textbook.cu");
      DeviceBuffer small = kernels.buffer(new float[100]);
      assertThatThrownBy(() ->
              kernels.run(
                  module, "saxpy", Kernels.size(8), Kernels.size(32), 0, 1f, small, small, 200))
          .hasMessageMatching(
              "kernel saxpy, PTX line \\d+ \\(textbook.cu:6\\), block \\(3,0,0\\), thread"
                  + " \\(4,0,0\\): load of 4 bytes at global address 0x[0-9a-f]+: 0 bytes past the"
                  + " end of buffer floats of 400 bytes");
    }
  }

  @Test
  void freedMemory() {
    try (Kernels kernels = new Kernels()) {
      DeviceModule module = kernels.body("ld.global.u64 %rd3, [%rd2]; ld.global.u32 %r1, [%rd3];");
      DeviceBuffer freed = kernels.buffer(new int[8]);
      DeviceBuffer holder = kernels.buffer(new long[] {freed.address() + 12});
      kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 0, holder, holder);
      freed.close();
      assertThatThrownBy(() ->
              kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 0, holder, holder))
          .hasMessageContaining("in freed buffer ints at offset 12");
      assertThatThrownBy(
              () -> kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 0, freed, holder))
          .hasMessageContaining("buffer ints is used after it was freed");
    }
  }

  @Test
  void launches() {
    try (Kernels kernels = new Kernels()) {
      DeviceModule module = kernels.body("");
      DeviceBuffer b = kernels.buffer(new int[8]);
      assertThatThrownBy(
              () -> kernels.run(module, "test", Kernels.size(1), Kernels.size(2000), 0, b, b))
          .hasMessageContaining("a block of 2000 threads");
      assertThatThrownBy(() -> kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 0, b))
          .hasMessageContaining("takes 2 arguments, 1 were given");
      assertThatThrownBy(
              () -> kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 0, b, 3))
          .hasMessageContaining("parameter in has 8 bytes, the argument 4");
      assertThatThrownBy(
              () -> kernels.run(module, "test", Kernels.size(1), Kernels.size(1), 1 << 20, b, b))
          .hasMessageContaining("bytes of shared memory");
      assertThatThrownBy(
              () -> kernels.run(module, "nope", Kernels.size(1), Kernels.size(1), 0, b, b))
          .hasMessage("test.ptx has no kernel nope; it has test");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hello                                | PTX line 1, column 1
          ''                                   | there is no .version directive
          .version 8.8 .target sm_90 .visible .entry k() { .reg .b32 %r<4>; mov.u32 %r1 %r2; } | PTX line 1
          .version 8.8 .target sm_90 .visible .entry k() { .reg .b32 %r<99999999>; } | too many registers
          .version 8.8 .target sm_90 .global .b8 x[99999999999999]; | array is too large
          """)
  void parsing(String text, String message) {
    try (Kernels kernels = new Kernels()) {
      assertThatThrownBy(() -> kernels.device.load(text, "bad.ptx"))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("bad.ptx")
          .hasMessageContaining(message);
    }
  }
}
