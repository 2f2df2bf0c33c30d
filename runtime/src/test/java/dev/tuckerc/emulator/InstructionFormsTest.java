package dev.tuckerc.emulator;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Less frequent forms of instructions, against values worked out by hand from the definitions in
/// the PTX ISA manual. Each is run as in [InstructionSemanticsTest].
class InstructionFormsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          mad24.hi.s32 %r9, %r1, %r2, %r3; § 0x00ffffff § 0x00010000 § 5 § 4
          mad24.hi.u32 %r9, %r1, %r2, %r3; § 0x00ffffff § 0x00010000 § 5 § 0x01000004
          mad24.hi.sat.s32 %r9, %r1, %r2, %r3; § 0x007fffff § 0x00010000 § 0x7fffffff § 0x7fffffff
          sad.s16 %h9, %h1, %h2, %h3; cvt.u32.u16 %r9, %h9; § 0xffff § 3 § 10 § 14
          sad.u16 %h9, %h1, %h2, %h3; cvt.u32.u16 %r9, %h9; § 0xffff § 3 § 10 § 6
          cvt.s64.s32 %rd7, %r1; sad.s64 %rd7, %rd7, 7, 100; cvt.u32.u64 %r9, %rd7; § -3 § 0 § 0 § 110
          cvt.s64.s32 %rd7, %r1; sad.u64 %rd7, %rd7, 7, 100; cvt.u32.u64 %r9, %rd7; § -3 § 0 § 0 § 90
          min.relu.s16x2 %r9, %r1, %r2; § 0x8000ffff § 0x00050007 § 0 § 0
          max.relu.s16x2 %r9, %r1, %r2; § 0x8000fffe § 0x0005ffff § 0 § 0x00050000
          min.s16x2.relu %r9, %r1, %r2; § 0x00090003 § 0x00050007 § 0 § 0x00050003
          lop3.or.b32 %r8|%p1, %r1, %r2, %r3, 0x80, %p0; selp.u32 %r9, 1, %r8, %p1; § 6 § 7 § 12 § 1
          lop3.and.b32 %r9|%p1, %r1, %r2, %r3, 0x80, !%p0; @!%p1 mov.u32 %r9, 77; § 6 § 7 § 12 § 4
          lop3.or.b32 _|%p1, %r1, %r2, %r3, 0x80, %p0; selp.u32 %r9, 1, 0, %p1; § 1 § 2 § 4 § 0
          shr.b64 %rd7, %rd6, 4; cvt.u32.u64 %r9, %rd7; § 0x10 § 0xf § 0 § 0xf0000001
          vabsdiff4.u32.u32.u32 %r9, %r1, %r2, %r3; § 0x00ff0510 § 0xff000315 § 0 § 0xffff0205
          vabsdiff4.u32.u32.u32.add %r9, %r1, %r2, %r3; § 0x00ff0510 § 0xff000315 § 100 § 617
          vabsdiff4.s32.s32.s32.add %r9, %r1, %r2, %r3; § 0x000080ff § 0x00000100 § 1 § 0xffffff83
          vabsdiff2.s32.s32.s32.sat %r9, %r1, %r2, %r3; § 0x80000001 § 0x7fff0003 § 0 § 0x7fff0002
          vadd4.u32.u32.u32.sat %r9, %r1, %r2, %r3; § 0xf0102030 § 0x20010203 § 0 § 0xff112233
          vsub4.s32.s32.s32 %r9, %r1, %r2, %r3; § 0x05000100 § 0x06000100 § 0 § 0xff000000
          vavrg4.u32.u32.u32 %r9, %r1, %r2, %r3; § 0x01030507 § 0x02030406 § 0 § 0x02030507
          vmax2.s32.s32.s32 %r9, %r1, %r2, %r3; § 0xffff0001 § 0x00020003 § 0 § 0x00020003
          vmin4.u32.u32.u32 %r9, %r1, %r2, %r3; § 0xff010203 § 0x01ff0301 § 0 § 0x01010201
          cvt.pack.sat.s16.s32 %r9, %r1, %r2; § 100000 § -100000 § 0 § 0x7fff8000
          cvt.pack.sat.u16.s32 %r9, %r1, %r2; § -5 § 70000 § 0 § 0x0000ffff
          cvt.pack.sat.u8.s32.b32 %r9, %r1, %r2, %r3; § 300 § -1 § 0x12345678 § 0x5678ff00
          cvt.pack.sat.s8.s32.b32 %r9, %r1, %r2, %r3; § -300 § 5 § 1 § 0x00018005
          set.lt.u16.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x3c00 § 0x4000 § 0 § 0xffff
          set.lt.f16x2.f16x2 %r9, %r1, %r2; § 0x3c004000 § 0x40003c00 § 0 § 0x3c000000
          set.ge.bf16x2.bf16x2 %r9, %r1, %r2; § 0x3f804000 § 0x40003f80 § 0 § 0x00003f80
          bfe.s32 %r9, %r1, 31, 4; § 0x80000000 § 0 § 0 § -1
          bfe.u32 %r9, %r1, 40, 4; § -1 § 0 § 0 § 0
          shl.b32 %r9, %r1, %r2; § 1 § 0x100000001 § 0 § 2
          shr.s32 %r9, %r1, %r2; § -8 § -1 § 0 § -1
          bmsk.wrap.b32 %r9, %r1, %r2; § 36 § 4 § 0 § 0xf0
          szext.clamp.u32 %r9, %r1, %r2; § 0x1ff § 8 § 0 § 0xff
          fns.b32 %r9, %r1, %r2, -2; § 0xaaaaaaaa § 5 § 0 § 3
          bfind.shiftamt.s32 %r9, %r1; § 0xfffffff0 § 0 § 0 § 28
          """)
  void integers(String code, String a, String b, String c, String expected) {
    InstructionSemanticsTest.check(code, a, b, c, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          cvt.rn.tf32.f32 %r8, %f1; mov.b32 %f9, %r8; mov.b32 %r9, %f9; § 0x3f801000 § 0 § 0 § 0x3f800000
          cvt.rz.tf32.f32 %r8, %f1; mov.b32 %f9, %r8; mov.b32 %r9, %f9; § 0x3f803fff § 0 § 0 § 0x3f802000
          cvt.rn.relu.tf32.f32 %r8, %f1; mov.b32 %f9, %r8; mov.b32 %r9, %f9; § 0xbf800000 § 0 § 0 § 0
          cvt.rna.satfinite.tf32.f32 %r8, %f1; mov.b32 %f9, %r8; mov.b32 %r9, %f9; § 0xff7fffff § 0 § 0 § 0xff7fe000
          cvt.rn.satfinite.f16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0x7f800000 § 0 § 0 § 0x7bff
          cvt.rn.satfinite.bf16.f32 %h9, %f1; cvt.u32.u16 %r9, %h9; § 0xff7fffff § 0 § 0 § 0xff7f
          cvt.rn.satfinite.f16x2.f32 %r9, %f1, %f2; § 0x47800000 § 0xc7800000 § 0 § 0x7bfffbff
          cvt.rn.satfinite.relu.f16x2.f32 %r9, %f1, %f2; § 0x47800000 § 0xc7800000 § 0 § 0x7bff0000
          cvt.rz.relu.bf16x2.f32 %r9, %f1, %f2; § 0x3f80ffff § 0xbf800000 § 0 § 0x3f800000
          cvt.rn.satfinite.e4m3x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0x3f800000 § 0xc3e00000 § 0 § 0x38fe
          cvt.rn.satfinite.e4m3x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0x501502f9 § 0x3b000000 § 0 § 0x7e01
          cvt.rn.satfinite.e4m3x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0x3a800000 § 0x3ac00000 § 0 § 0x0001
          cvt.rn.satfinite.e4m3x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0x3f880000 § 0x3f980000 § 0 § 0x383a
          cvt.rn.satfinite.relu.e5m2x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0xbf800000 § 0x47800000 § 0 § 0x007b
          cvt.rn.satfinite.e5m2x2.f32 %h9, %f1, %f2; cvt.u32.u16 %r9, %h9; § 0x3fa00000 § 0x37800000 § 0 § 0x3d01
          cvt.rn.satfinite.e4m3x2.f16x2 %h9, %r1; cvt.u32.u16 %r9, %h9; § 0x3c00c000 § 0 § 0 § 0x38c0
          cvt.rn.f16x2.e4m3x2 %r9, %h1; § 0x01fe § 0 § 0 § 0x1800df00
          cvt.rn.f16x2.e5m2x2 %r9, %h1; § 0x3cfb § 0 § 0 § 0x3c00fb00
          cvt.rn.relu.f16x2.e5m2x2 %r9, %h1; § 0x3cfb § 0 § 0 § 0x3c000000
          max.NaN.xorsign.abs.f32 %f9, %f1, %f2; mov.b32 %r9, %f9; § 0xc0000000 § 0xbf800000 § 0 § 0x40000000
          min.NaN.f32 %f9, %f1, %f2; setp.nan.f32 %p1, %f9, %f9; selp.u32 %r9, 1, 0, %p1; § 0x7fc00000 § 0x3f800000 § 0 § 1
          min.ftz.f32 %f9, %f1, %f2; mov.b32 %r9, %f9; § 0x80000001 § 0x3f800000 § 0 § 0x80000000
          min.f32 %f9, %f1, %f2; mov.b32 %r9, %f9; § 0x00000000 § 0x80000000 § 0 § 0x80000000
          add.ftz.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x03ff § 0x0001 § 0 § 0
          add.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x03ff § 0x0001 § 0 § 0x0400
          mul.ftz.f16x2 %r9, %r1, %r2; § 0x04003c00 § 0x38003c00 § 0 § 0x00003c00
          add.ftz.sat.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0x3c00 § 0x3c00 § 0 § 0x3c00
          fma.rn.ftz.relu.f16x2 %r9, %r1, %r2, %r3; § 0x3c003c00 § 0xbc003c00 § 0x00003c00 § 0x00004000
          setp.lt.ftz.f16x2 %p1|%p2, %r1, %r2; selp.u32 %r8, 1, 0, %p1; selp.u32 %r9, 2, 0, %p2; or.b32 %r9, %r9, %r8; § 0x3c000001 § 0x40000002 § 0 § 2
          max.xorsign.abs.f16 %h9, %h1, %h2; cvt.u32.u16 %r9, %h9; § 0xc000 § 0x3c00 § 0 § 0xc000
          min.NaN.xorsign.abs.bf16x2 %r9, %r1, %r2; § 0xc000bf80 § 0xbf803f80 § 0 § 0x3f80bf80
          abs.ftz.f16 %h9, %h1; cvt.u32.u16 %r9, %h9; § 0x8001 § 0 § 0 § 0
          cvt.f64.f32 %fd1, %f1; cvt.rzi.s32.f64 %r9, %fd1; § 0x7fc00000 § 0 § 0 § 0x80000000
          cvt.f64.f32 %fd1, %f1; cvt.rzi.u32.f64 %r9, %fd1; § 0x7fc00000 § 0 § 0 § 0x80000000
          cvt.rzi.u32.f32 %r9, %f1; § 0x7fc00000 § 0 § 0 § 0
          cvt.rzi.s64.f32 %rd7, %f1; shr.u64 %rd7, %rd7, 32; cvt.u32.u64 %r9, %rd7; § 0x7fc00000 § 0 § 0 § 0x80000000
          mov.b64 %rd7, {%f1, %f2}; add.rn.f32x2 %rd8, %rd7, %rd7; mov.b64 {%r8, %r9}, %rd8; § 0x3f800000 § 0x40000000 § 0 § 0x40800000
          mov.b64 %rd7, {%f1, %f2}; fma.rz.f32x2 %rd8, %rd7, %rd7, %rd7; mov.b64 {%r9, %r8}, %rd8; § 0x3f800001 § 0x40000000 § 0 § 0x40000001
          mov.b64 %rd7, {%f1, %f2}; mul.ftz.f32x2 %rd8, %rd7, %rd7; mov.b64 {%r9, %r8}, %rd8; § 0x00400000 § 0x40000000 § 0 § 0
          max.f32 %f9, %f1, %f2, %f3; mov.b32 %r9, %f9; § 0x3f800000 § 0x40000000 § 0x40400000 § 0x40400000
          fma.rn.f32 %f9, %f1, %f2, %f3; mov.b32 %r9, %f9; § 0x00000001 § 0x3f000000 § 0 § 0
          fma.rp.f32 %f9, %f1, %f2, %f3; mov.b32 %r9, %f9; § 0x00000001 § 0x3f000000 § 0 § 1
          div.rn.f32 %f9, %f1, %f2; mov.b32 %r9, %f9; § 0x00000001 § 0x00000003 § 0 § 0x3eaaaaab
          sqrt.rn.f32 %f9, %f1; mov.b32 %r9, %f9; § 0x00000001 § 0 § 0 § 0x1a3504f3
          rcp.rn.ftz.f32 %f9, %f1; mov.b32 %r9, %f9; § 0x00000001 § 0 § 0 § 0x7f800000
          rsqrt.approx.ftz.f32 %f9, %f1; mov.b32 %r9, %f9; § 0x80000001 § 0 § 0 § 0xff800000
          ex2.approx.ftz.f32 %f9, %f1; mov.b32 %r9, %f9; § 0x00000001 § 0 § 0 § 0x3f800000
          lg2.approx.ftz.f32 %f9, %f1; mov.b32 %r9, %f9; § 0x00000001 § 0 § 0 § 0xff800000
          """)
  void floats(String code, String a, String b, String c, String expected) {
    InstructionSemanticsTest.check(code, a, b, c, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          mov.b128 %q1, {%rd6, %rd6}; mov.b128 %q2, %q1; mov.b128 {%rd7, %rd8}, %q2; mov.b64 {%r8, %r9}, %rd8; § 1 § 77 § 0 § 77
          ld.global.b128 %q1, [%rd4]; mov.b128 {%rd7, %rd8}, %q1; mov.b64 {%r9, %r8}, %rd8; § 1 § 2 § 33 § 33
          .shared .align 16 .b8 w[16]; mov.b128 %q1, {%rd6, %rd6}; st.shared.b128 [w], %q1; ld.shared.u32 %r9, [w+12]; § 1 § 77 § 0 § 77
          mov.u32 %r7, %clock; mov.u32 %r9, %clock_hi; § 0 § 0 § 0 § 0
          mov.u64 %rd7, %clock64; mov.u64 %rd8, %clock64; setp.le.u64 %p1, %rd7, %rd8; selp.u32 %r9, 1, 0, %p1; § 0 § 0 § 0 § 1
          mov.u64 %rd7, %globaltimer; mov.u64 %rd8, %globaltimer; setp.le.u64 %p1, %rd7, %rd8; selp.u32 %r9, 1, 0, %p1; § 0 § 0 § 0 § 1
          createpolicy.fractional.L2::evict_last.b64 %rd7, 1.0; mov.u32 %r8, 2; .shared .align 16 .b8 w[8]; cp.async.ca.shared.global.L2::cache_hint [w], [%rd4], 8, %r8, %rd7; cp.async.wait_all; ld.shared.u32 %r9, [w]; § 0x12345678 § 5 § 0 § 0x5678
          mov.u32 %r9, WARP_SZ; § 0 § 0 § 0 § 32
          createpolicy.fractional.L2::evict_last.b64 %rd7, 1.0; ld.global.L2::cache_hint.u32 %r9, [%rd4], %rd7; § 5 § 0 § 0 § 5
          """)
  void stateAndMoves(String code, String a, String b, String c, String expected) {
    InstructionSemanticsTest.check(".reg .b128 %q<4>; " + code, a, b, c, expected);
  }
}
