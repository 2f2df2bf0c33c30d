package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.ranks.TdcTable;
import dev.tuckerc.transform.ranks.TdcTable.Row;
import java.util.ArrayList;
import java.util.List;

/// The 18 core convolutions of TDC (PPoPP 2023) as kernels; see [TdcTable].
final class TdcLayers {
  private TdcLayers() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      for (Row row : TdcTable.rows()) {
        if (row.set().equals("core")) {
          cases.add(core(row, type));
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
        b -> shape.add(b, input(b, layer, type, layer.rankIn())));
  }

  private static Value input(CaseBuilder b, Row layer, DataType type, long channels) {
    return b.input(type, dev.tuckerc.ir.Layout.NHWC, 1, channels, layer.height(), layer.width());
  }

  private static String gemm(DataType type) {
    return type == DataType.F16 ? "gemm.mma" : "gemm.simt";
  }
}
