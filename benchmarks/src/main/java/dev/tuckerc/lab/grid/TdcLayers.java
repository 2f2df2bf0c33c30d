package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.lab.grid.KernelCase.Made;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.ranks.TdcTable;
import dev.tuckerc.transform.ranks.TdcTable.Row;
import java.util.ArrayList;
import java.util.List;

/// The layers of TDC (PPoPP 2023) as kernels: its 18 core convolutions, and the Tucker sequences of
/// its models (1x1 reduction, core, 1x1 expansion with a rectifier); see [TdcTable].
final class TdcLayers {
  private TdcLayers() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      for (Row row : TdcTable.rows()) {
        switch (row.set()) {
          case "core" -> cases.add(core(row, type));
          case "tucker" -> cases.add(sequence(row, type));
          default -> {
            // A product of two matrices is no convolution.
          }
        }
      }
    }
    return cases;
  }

  private static ConvolutionShape shape(Row layer, DataType type) {
    return ConvolutionShape.of(
            type, layer.rankIn(), layer.rankOut(), layer.height(), layer.kernel())
        .sized(layer.height(), layer.width())
        .step(layer.stride())
        .padded(layer.padding(), layer.padding());
  }

  private static KernelCase core(Row layer, DataType type) {
    ConvolutionShape shape = shape(layer, type);
    return new KernelCase(
        "tdc.core/" + type.text() + "/" + layer.layer(),
        gemm(type),
        shape.multiplyAdds(),
        false,
        KernelCase.tolerance(type),
        b -> Made.of(shape.add(b, input(b, layer, type, layer.rankIn()))));
  }

  private static KernelCase sequence(Row layer, DataType type) {
    ConvolutionShape core = shape(layer, type);
    ConvolutionShape reduce =
        ConvolutionShape.of(type, layer.inputs(), layer.rankIn(), layer.height(), 1)
            .sized(layer.height(), layer.width());
    long height = (layer.height() + 2 * layer.padding() - layer.kernel()) / layer.stride() + 1;
    long width = (layer.width() + 2 * layer.padding() - layer.kernel()) / layer.stride() + 1;
    ConvolutionShape expand =
        ConvolutionShape.of(type, layer.rankOut(), layer.outputs(), height, 1)
            .sized(height, width)
            .finished(Finish.RELU);
    return new KernelCase(
        "tdc.tucker/" + type.text() + "/" + layer.model() + "-" + layer.layer(),
        gemm(type),
        reduce.multiplyAdds() + core.multiplyAdds() + expand.multiplyAdds(),
        false,
        type == DataType.F16 ? KernelCase.F16_CHAIN : KernelCase.F32,
        b -> {
          Value small = reduce.add(b, input(b, layer, type, layer.inputs()));
          Value middle = core.add(b, small);
          return new Made(expand.add(b, middle), middle);
        });
  }

  private static Value input(CaseBuilder b, Row layer, DataType type, long channels) {
    return b.input(type, dev.tuckerc.ir.Layout.NHWC, 1, channels, layer.height(), layer.width());
  }

  private static String gemm(DataType type) {
    return type == DataType.F16 ? "gemm.mma" : "gemm.simt";
  }
}
