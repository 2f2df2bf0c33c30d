package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.EntryPoint;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Manifest;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.device.CompiledKernel.Resources;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelCode;
import java.util.List;
import java.util.Map;

/// A small bundle that uses every part of the format.
final class SampleBundle {
  private SampleBundle() {}

  static final String PTX =
      """
      .version 8.8
      .target sm_90
      .address_size 64
      .visible .entry add(
      	.param .u64 .ptr .align 1 add_param_0,
      	.param .u64 add_param_1,
      	.param .b64 add_param_2
      )
      { griddepcontrol.wait; ret; }
      """;

  static KernelRecord kernel(String name) {
    return new KernelRecord(
        name,
        "add",
        "extern \"C\" __global__ void add(const float* a, const float* b, float* c) {} // λ\n",
        new KernelCode(PTX, "sm_90", new byte[] {0x7f, 'E', 'L', 'F', 0}),
        new Resources(12, 0, 0, 0, 0),
        "{\"chosen\": {\"BM\": 64}, \"microseconds\": 1.250, \"why\": [\"fits\"]}");
  }

  static Manifest manifest() {
    return new Manifest(
        "tuckerc 0.1.0",
        "sm_90",
        "model.onnx",
        "ab".repeat(32),
        List.of("tuckerc", "compile", "model.onnx"),
        new EntryPoint(
            "main",
            List.of(new TensorSignature("x", ElementType.F32, List.of(1L, 4L))),
            List.of(new TensorSignature("y", ElementType.F32, List.of(1L, 4L)))));
  }

  static Plan plan() {
    PlannedLaunch first =
        new PlannedLaunch(
            "first",
            new Dim3(1, 1, 1),
            new Dim3(32, 1, 1),
            0,
            List.of(
                BufferReference.input(0, 16),
                BufferReference.weights(256, 16),
                BufferReference.arena(0, 16)));
    PlannedLaunch second =
        new PlannedLaunch(
            "second",
            new Dim3(2, 1, 1),
            new Dim3(32, 2, 1),
            1024,
            List.of(
                BufferReference.arena(0, 16),
                BufferReference.weights(0, 8),
                BufferReference.output(0, 16)),
            true);
    return new Plan(
        512,
        List.of(new ArenaValue("%3", 0, 16, 0, 1), new ArenaValue("%4", 256, 256, 1, 1)),
        512,
        List.of(new WeightPlacement("half", 0), new WeightPlacement("bias", 256)),
        List.of(first, second));
  }

  static Map<String, HostTensor> weights() {
    return Map.of(
        "bias", HostTensor.ofFloats(List.of(4L), 1, 2, 3, 4),
        "half", HostTensor.zeros(ElementType.F16, List.of(2L, 2L)),
        "unused", HostTensor.zeros(ElementType.BOOL, List.of(3L)));
  }

  static Bundle bundle() {
    return new Bundle(
        manifest(),
        "func main(%0: f32[1,4]) {}\n",
        plan(),
        List.of(kernel("second"), kernel("first")),
        weights(),
        Map.of("00-import.ir", "first text\n", "01-fold.ir", "second text\n"));
  }
}
