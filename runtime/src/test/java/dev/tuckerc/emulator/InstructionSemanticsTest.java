package dev.tuckerc.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.device.DeviceBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Instructions against values worked out by hand from the definitions in the PTX ISA manual. Each
/// is run computed once for the warp, for 32 lanes, and for some lanes of a diverged warp.
class InstructionSemanticsTest {

  private static int[] run(String code, int a, int b, int c, boolean lanes, int threads) {
    int[] in = new int[32 * 4];
    for (int t = 0; t < 32; t++) {
      in[4 * t] = a;
      in[4 * t + 1] = b;
      in[4 * t + 2] = c;
    }
    String body =
        """
        mul.wide.u32 %%rd3, %%r0, 16;
        add.s64 %%rd4, %%rd2, %s;
        mul.wide.u32 %%rd5, %%r0, 4;
        add.s64 %%rd5, %%rd1, %%rd5;
        ld.global.u32 %%r1, [%%rd4];
        ld.global.u32 %%r2, [%%rd4+4];
        ld.global.u32 %%r3, [%%rd4+8];
        ld.global.f32 %%f1, [%%rd4];
        ld.global.f32 %%f2, [%%rd4+4];
        ld.global.f32 %%f3, [%%rd4+8];
        ld.global.u16 %%h1, [%%rd4];
        ld.global.u16 %%h2, [%%rd4+4];
        ld.global.u16 %%h3, [%%rd4+8];
        ld.global.u64 %%rd6, [%%rd4];
        %s
        st.global.u32 [%%rd5], %%r9;
        """
            .formatted(lanes ? "%rd3" : "0", code);
    try (Kernels kernels = new Kernels(EmulatorOptions.DEFAULT.withThreads(1))) {
      DeviceBuffer out = kernels.buffer(new int[32]);
      kernels.run(
          kernels.body(body),
          "test",
          Kernels.size(1),
          Kernels.size(threads),
          0,
          out,
          kernels.buffer(in));
      return kernels.ints(out);
    }
  }

  static void check(String code, String a, String b, String c, String expected) {
    int x = Long.decode(a).intValue();
    int y = Long.decode(b).intValue();
    int z = Long.decode(c).intValue();
    int want = Long.decode(expected).intValue();
    for (int variant = 0; variant < 3; variant++) {
      int threads = variant == 2 ? 21 : 32;
      String guarded =
          variant == 2
              ? "setp.lt.u32 %p9, %r0, 11; @%p9 bra SKIP; "
                  + code
                  + " bra.uni DONE; SKIP: "
                  + code
                  + " DONE:"
              : code;
      int[] got = run(guarded, x, y, z, variant > 0, threads);
      for (int t = 0; t < threads; t++) {
        assertThat(got[t]).as("%s, variant %d, lane %d", code, variant, t).isEqualTo(want);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          add.s32 %r9, %r1, %r2;            § 0x7fffffff § 1 § 0 § 0x80000000
          add.sat.s32 %r9, %r1, %r2;        § 0x7fffffff § 1 § 0 § 0x7fffffff
          sub.sat.s32 %r9, %r1, %r2;        § 0x80000000 § 1 § 0 § 0x80000000
          mul.hi.s32 %r9, %r1, %r2;         § -3 § 5 § 0 § -1
          mul.hi.u32 %r9, %r1, %r2;         § 0xffffffff § 0xffffffff § 0 § 0xfffffffe
          mad.lo.s32 %r9, %r1, %r2, %r3;    § 7 § -6 § 100 § 58
          mad.hi.u32 %r9, %r1, %r2, %r3;    § 0x80000000 § 4 § 9 § 11
          mul24.lo.s32 %r9, %r1, %r2;       § 0x00ffffff § 3 § 0 § -3
          sad.u32 %r9, %r1, %r2, %r3;       § 3 § 10 § 100 § 107
          div.s32 %r9, %r1, %r2;            § -7 § 2 § 0 § -3
          div.u32 %r9, %r1, %r2;            § -7 § 2 § 0 § 0x7ffffffc
          rem.s32 %r9, %r1, %r2;            § -7 § 2 § 0 § -1
          rem.u32 %r9, %r1, %r2;            § 0xfffffff9 § 16 § 0 § 9
          div.u32 %r9, %r1, %r2;            § 5 § 0 § 0 § 0xffffffff
          abs.s32 %r9, %r1;                 § -9 § 0 § 0 § 9
          min.u32 %r9, %r1, %r2;            § -1 § 3 § 0 § 3
          max.s32 %r9, %r1, %r2;            § -1 § 3 § 0 § 3
          popc.b32 %r9, %r1;                § 0xf0f00001 § 0 § 0 § 9
          clz.b32 %r9, %r1;                 § 0x00010000 § 0 § 0 § 15
          clz.b32 %r9, %r1;                 § 0 § 0 § 0 § 32
          brev.b32 %r9, %r1;                § 1 § 0 § 0 § 0x80000000
          bfind.u32 %r9, %r1;               § 0x00010000 § 0 § 0 § 16
          bfind.s32 %r9, %r1;               § -1 § 0 § 0 § -1
          bfind.shiftamt.u32 %r9, %r1;      § 0x00010000 § 0 § 0 § 15
          bfe.u32 %r9, %r1, %r2, %r3;       § 0x12345678 § 8 § 12 § 0x456
          bfe.s32 %r9, %r1, %r2, %r3;       § 0x00000f80 § 7 § 5 § -1
          bfe.s32 %r9, %r1, %r2, %r3;       § 0x80000000 § 28 § 8 § 0xfffffff8
          bfi.b32 %r9, %r1, %r2, 8, 4;      § 0xff § 0x1000 § 0 § 0x1f00
          shl.b32 %r9, %r1, %r2;            § 1 § 32 § 0 § 0
          shr.s32 %r9, %r1, %r2;            § -8 § 40 § 0 § -1
          shr.u32 %r9, %r1, %r2;            § -8 § 1 § 0 § 0x7ffffffc
          shf.l.wrap.b32 %r9, %r1, %r2, %r3;  § 0x80000000 § 1 § 33 § 3
          shf.r.clamp.b32 %r9, %r1, %r2, %r3; § 5 § 7 § 40 § 7
          prmt.b32 %r9, %r1, %r2, %r3;      § 0x33221100 § 0x77665544 § 0x7531 § 0x77553311
          prmt.b32 %r9, %r1, %r2, %r3;      § 0x000080ff § 0 § 0x4498 § 0x0000ffff
          lop3.b32 %r9, %r1, %r2, %r3, 0xe8; § 0xc § 0xa § 0x9 § 0x8
          lop3.b32 %r9, %r1, %r2, %r3, 0x96; § 0xc § 0xa § 0x9 § 0xf
          dp4a.s32.s32 %r9, %r1, %r2, %r3;  § 0xff020304 § 0x01010101 § 10 § 18
          dp4a.u32.u32 %r9, %r1, %r2, %r3;  § 0xff020304 § 0x01010101 § 10 § 274
          dp2a.lo.s32.s32 %r9, %r1, %r2, %r3; § 0xffff0002 § 0x00000304 § 1 § 6
          dp2a.lo.s32.u32 %r9, %r1, %r2, %r3; § 0xffff0002 § 0x0000ff04 § 1 § -246
          dp2a.lo.u32.s32 %r9, %r1, %r2, %r3; § 0xffff0002 § 0x0000ff04 § 1 § -65526
          dp2a.hi.s32.u32 %r9, %r1, %r2, %r3; § 0xffff0002 § 0x03040000 § 1 § 6
          dp2a.hi.u32.s32 %r9, %r1, %r2, %r3; § 0x00010002 § 0xff040000 § 1 § 8
          szext.wrap.s32 %r9, %r1, %r2;     § 0x1f § 5 § 0 § -1
          bmsk.clamp.b32 %r9, %r1, %r2;     § 4 § 8 § 0 § 0xff0
          fns.b32 %r9, %r1, %r2, 2;         § 0xaaaaaaaa § 3 § 0 § 5
          cnot.b32 %r9, %r1;                § 0 § 0 § 0 § 1
          not.b32 %r9, %r1;                 § 0x0f § 0 § 0 § 0xfffffff0
          set.gt.u32.s32 %r9, %r1, %r2;     § 3 § 2 § 0 § 0xffffffff
          slct.s32.s32 %r9, %r1, %r2, %r3;  § 3 § 2 § -5 § 2
          add.cc.u32 %r8, %r1, %r2; addc.u32 %r9, %r3, 0; § 0xffffffff § 1 § 5 § 6
          sub.cc.u32 %r8, %r1, %r2; subc.u32 %r9, %r3, 0; § 0 § 1 § 5 § 4
          mad.lo.cc.u32 %r8, %r1, %r2, %r2; madc.hi.u32 %r9, %r1, %r2, %r3; § 0xffffffff § 2 § 5 § 7
          cvt.s32.s8 %r9, %r1;              § 0x80 § 0 § 0 § -128
          cvt.u32.u8 %r9, %r1;              § 0x1ff § 0 § 0 § 255
          cvt.sat.s8.s32 %h9, %r1; cvt.s32.s16 %r9, %h9; § 1000 § 0 § 0 § 127
          cvt.sat.u8.s32 %h9, %r1; cvt.u32.u16 %r9, %h9; § -1000 § 0 § 0 § 0
          mov.b32 {%h8, %h9}, %r1; mov.b32 %r9, {%h9, %h8}; § 0x12345678 § 0 § 0 § 0x56781234
          mov.b64 {%r8, %r9}, %rd6;         § 1 § 77 § 0 § 77
          mul.wide.s32 %rd7, %r1, %r2; cvt.u32.u64 %r9, %rd7; § -3 § 5 § 0 § -15
          mul.wide.u16 %r9, %h1, %h2;       § 0xffff § 0xffff § 0 § 0xfffe0001
          mul.lo.s16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x0101 § 0x0101 § 0 § 0x0201
          shr.s16 %h9, %h1, %r2; cvt.u32.u16 %r9, %h9; § 0x8000 § 3 § 0 § 0xf000
          setp.hs.u32 %p1, %r1, %r2; selp.b32 %r9, 5, 6, %p1; § -1 § 3 § 0 § 5
          setp.lt.and.s32 %p1|%p2, %r1, %r2, %p0; selp.b32 %r9, 5, 6, %p2; § 1 § 3 § 0 § 6
          setp.lt.s32 %p1, %r1, %r2; @!%p1 add.s32 %r1, %r1, 9; @%p1 add.s32 %r1, %r1, 4; mov.u32 %r9, %r1; § 1 § 3 § 0 § 5
          """)
  void integers(String code, String a, String b, String c, String expected) {
    check(code, a, b, c, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          add.rz.f32 %f9, %f1, %f2; § 0x3f800000 § 0x33ffffff § 0 § 0x3f800000
          add.rp.f32 %f9, %f1, %f2; § 0x3f800000 § 0x00000001 § 0 § 0x3f800001
          add.rm.f32 %f9, %f1, %f2; § 0x3f800000 § 0x80000001 § 0 § 0x3f7fffff
          add.rn.f32 %f9, %f1, %f2; § 0x3f800000 § 0x33800000 § 0 § 0x3f800000
          mul.rp.f32 %f9, %f1, %f2; § 0x3f800001 § 0x3f800001 § 0 § 0x3f800003
          mul.rz.f32 %f9, %f1, %f2; § 0x3f800001 § 0x3f800001 § 0 § 0x3f800002
          fma.rn.f32 %f9, %f1, %f2, %f3; § 0x3f800001 § 0x3f800001 § 0xbf800002 § 0x28800000
          fma.rm.f32 %f9, %f1, %f2, %f3; § 0x3f800000 § 0x3f800000 § 0x80000001 § 0x3f7fffff
          div.rn.f32 %f9, %f1, %f2; § 0x3f800000 § 0x40400000 § 0 § 0x3eaaaaab
          div.rz.f32 %f9, %f1, %f2; § 0x3f800000 § 0x40400000 § 0 § 0x3eaaaaaa
          div.rp.f32 %f9, %f1, %f2; § 0xbf800000 § 0x40400000 § 0 § 0xbeaaaaaa
          rcp.rm.f32 %f9, %f1;      § 0x40400000 § 0 § 0 § 0x3eaaaaaa
          sqrt.rn.f32 %f9, %f1;     § 0x40000000 § 0 § 0 § 0x3fb504f3
          sqrt.rp.f32 %f9, %f1;     § 0x40000000 § 0 § 0 § 0x3fb504f4
          div.approx.f32 %f9, %f1, %f2; § 0x3f800000 § 0x7f000000 § 0 § 0x00000000
          mul.ftz.f32 %f9, %f1, %f2; § 0x00800000 § 0x3f000000 § 0 § 0
          mul.f32 %f9, %f1, %f2;    § 0x00800000 § 0x3f000000 § 0 § 0x00400000
          add.ftz.f32 %f9, %f1, %f2; § 0x80400000 § 0x80000000 § 0 § 0x80000000
          add.sat.f32 %f9, %f1, %f2; § 0x3f800000 § 0x3f800000 § 0 § 0x3f800000
          fma.rn.sat.f32 %f9, %f1, %f2, %f3; § 0xbf800000 § 0x3f800000 § 0 § 0
          min.f32 %f9, %f1, %f2;    § 0x7fc00000 § 0x40000000 § 0 § 0x40000000
          max.f32 %f9, %f1, %f2;    § 0x80000000 § 0x00000000 § 0 § 0x00000000
          max.xorsign.abs.f32 %f9, %f1, %f2; § 0xc0000000 § 0x3f800000 § 0 § 0xc0000000
          abs.f32 %f9, %f1;         § 0xbf800000 § 0 § 0 § 0x3f800000
          neg.f32 %f9, %f1;         § 0x00000000 § 0 § 0 § 0x80000000
          copysign.f32 %f9, %f1, %f2; § 0x80000000 § 0x3f800000 § 0 § 0xbf800000
          ex2.approx.f32 %f9, %f1;  § 0x40400000 § 0 § 0 § 0x41000000
          ex2.approx.f32 %f9, %f1;  § 0x43008000 § 0 § 0 § 0x7f800000
          ex2.approx.ftz.f32 %f9, %f1; § 0xc3020000 § 0 § 0 § 0
          lg2.approx.f32 %f9, %f1;  § 0x41000000 § 0 § 0 § 0x40400000
          rsqrt.approx.f32 %f9, %f1; § 0x40800000 § 0 § 0 § 0x3f000000
          tanh.approx.f32 %f9, %f1; § 0x42c80000 § 0 § 0 § 0x3f800000
          cvt.rni.f32.f32 %f9, %f1; § 0x40200000 § 0 § 0 § 0x40000000
          cvt.rpi.f32.f32 %f9, %f1; § 0x40200000 § 0 § 0 § 0x40400000
          cvt.sat.f32.f32 %f9, %f1; § 0x40200000 § 0 § 0 § 0x3f800000
          cvt.rn.f32.s32 %f9, %r1;  § 16777217 § 0 § 0 § 0x4b800000
          cvt.rp.f32.s32 %f9, %r1;  § 16777217 § 0 § 0 § 0x4b800001
          cvt.rz.f32.u32 %f9, %r1;  § 0xffffffff § 0 § 0 § 0x4f7fffff
          cvt.rna.tf32.f32 %r8, %f1; mov.b32 %f9, %r8; § 0x3f801000 § 0 § 0 § 0x3f802000
          selp.f32 %f9, %f1, %f2, %p0; § 1 § 2 § 0 § 2
          """)
  void singlePrecision(String code, String a, String b, String c, String expected) {
    check(code + " mov.b32 %r9, %f9;", a, b, c, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          cvt.rzi.s32.f32 %r9, %f1; § 0xc0300000 § 0 § 0 § -2
          cvt.rni.s32.f32 %r9, %f1; § 0x40200000 § 0 § 0 § 2
          cvt.rmi.s32.f32 %r9, %f1; § 0xc0200000 § 0 § 0 § -3
          cvt.rzi.s32.f32 %r9, %f1; § 0x4f800000 § 0 § 0 § 0x7fffffff
          cvt.rzi.u32.f32 %r9, %f1; § 0xbf800000 § 0 § 0 § 0
          cvt.rzi.s32.f32 %r9, %f1; § 0x7fc00000 § 0 § 0 § 0
          cvt.rn.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x3f801000 § 0 § 0 § 0x3c00
          cvt.rn.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x3f803000 § 0 § 0 § 0x3c02
          cvt.rz.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x3f803000 § 0 § 0 § 0x3c01
          cvt.rn.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x477fefff § 0 § 0 § 0x7bff
          cvt.rn.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x477ff000 § 0 § 0 § 0x7c00
          cvt.rz.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x47800000 § 0 § 0 § 0x7bff
          cvt.rn.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x33800000 § 0 § 0 § 0x0001
          cvt.rn.bf16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x3f808000 § 0 § 0 § 0x3f80
          cvt.rn.bf16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x3f818000 § 0 § 0 § 0x3f82
          cvt.rn.bf16x2.f32 %r9, %f1, %f2; § 0x3f800000 § 0x40000000 § 0 § 0x3f804000
          cvt.rn.f16x2.f32 %r9, %f1, %f2; § 0x3f800000 § 0x40000000 § 0 § 0x3c004000
          cvt.f32.f16 %f9, %h1; mov.b32 %r9, %f9; § 0x0001 § 0 § 0 § 0x33800000
          cvt.f32.bf16 %f9, %h1; mov.b32 %r9, %f9; § 0x4000 § 0 § 0 § 0x40000000
          add.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x3c00 § 0x1000 § 0 § 0x3c00
          fma.rn.f16 %h9, %h1, %h2, %h3; cvt.u32.u16 %r9, %h9; § 0x3c01 § 0x3c01 § 0xbc02 § 0x0010
          add.f16x2 %r9, %r1, %r2; § 0x3c003c00 § 0x40003c00 § 0 § 0x42004000
          fma.rn.f16x2 %r9, %r1, %r2, %r3; § 0x40003c00 § 0x40003c00 § 0x3c003c00 § 0x45004000
          max.f16x2 %r9, %r1, %r2; § 0xbc003c00 § 0x00000000 § 0 § 0x00003c00
          neg.f16x2 %r9, %r1; § 0x3c003c00 § 0 § 0 § 0xbc00bc00
          fma.rn.bf16x2 %r9, %r1, %r2, %r3; § 0x40003f80 § 0x40003f80 § 0x3f803f80 § 0x40a04000
          setp.gt.f16 %p1, %h1, %h2; selp.u32 %r9, 1, 0, %p1; § 0x3c00 § 0xbc00 § 0 § 1
          setp.ltu.f32 %p1, %f1, %f2; selp.u32 %r9, 1, 0, %p1; § 0x7fc00000 § 0 § 0 § 1
          setp.ne.f32 %p1, %f1, %f2; selp.u32 %r9, 1, 0, %p1; § 0x7fc00000 § 0 § 0 § 0
          setp.neu.f32 %p1, %f1, %f2; selp.u32 %r9, 1, 0, %p1; § 0x7fc00000 § 0 § 0 § 1
          setp.num.f32 %p1, %f1, %f2; selp.u32 %r9, 1, 0, %p1; § 0x7fc00000 § 0 § 0 § 0
          testp.subnormal.f32 %p1, %f1; selp.u32 %r9, 1, 0, %p1; § 0x00000001 § 0 § 0 § 1
          cvt.f64.f32 %fd1, %f1; add.rp.f64 %fd2, %fd1, 0d0000000000000001; mov.b64 %rd7, %fd2; cvt.u32.u64 %r9, %rd7; § 0x3f800000 § 0 § 0 § 1
          cvt.rn.f64.s32 %fd1, %r1; div.rz.f64 %fd2, %fd1, 0d4008000000000000; mov.b64 %rd7, %fd2; cvt.u32.u64 %r9, %rd7; § 1 § 0 § 0 § 0x55555555
          cvt.rn.f64.s32 %fd1, %r1; div.rp.f64 %fd2, %fd1, 0d4008000000000000; mov.b64 %rd7, %fd2; cvt.u32.u64 %r9, %rd7; § 1 § 0 § 0 § 0x55555556
          cvt.rn.f32.u64 %f9, %rd6; mov.b32 %r9, %f9; § 0 § 0x80000000 § 0 § 0x5f000000
          cvt.rzi.u64.f32 %rd7, %f1; shr.u64 %rd7, %rd7, 32; cvt.u32.u64 %r9, %rd7; § 0x5f400000 § 0 § 0 § 0xc0000000
          """)
  void conversionsHalvesAndDoubles(String code, String a, String b, String c, String expected) {
    check(code, a, b, c, expected);
  }
}
