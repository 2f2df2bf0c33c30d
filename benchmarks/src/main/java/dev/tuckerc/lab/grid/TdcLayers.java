package dev.tuckerc.lab.grid;

import dev.tuckerc.ir.Value;
import dev.tuckerc.lab.grid.ConvolutionShape.Finish;
import dev.tuckerc.lab.grid.KernelCase.Made;
import dev.tuckerc.tensor.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The layers of TDC (PPoPP 2023): its 18 core convolutions, and the Tucker sequences of its models
/// (1x1 reduction, core, 1x1 expansion with a rectifier), read from `tdc-layers.csv`.
public final class TdcLayers {
  private static final String RESOURCE = "tdc-layers.csv";
  private static final int COLUMNS = 13;

  private TdcLayers() {}

  /// One row of the table.
  ///
  /// @param set `core` or `tucker`
  /// @param model empty for `core`
  /// @param inputs channels before the reduction, 0 for `core`
  /// @param outputs channels after the expansion, 0 for `core`
  /// @param count layers of this shape in the model
  public record Layer(
      String set,
      String model,
      String layer,
      long inputs,
      long rankIn,
      long rankOut,
      long outputs,
      long height,
      long width,
      long kernel,
      long stride,
      long padding,
      long count) {

    ConvolutionShape core(DataType type) {
      return ConvolutionShape.of(type, rankIn, rankOut, height, kernel)
          .sized(height, width)
          .step(stride)
          .padded(padding, padding);
    }
  }

  /// All rows.
  public static List<Layer> table() {
    List<Layer> layers = new ArrayList<>();
    for (String line : csv().lines().toList()) {
      if (line.startsWith("#") || line.startsWith("set,")) {
        continue;
      }
      String[] cells = line.split(",", -1);
      if (cells.length != COLUMNS) {
        throw new IllegalStateException(RESOURCE + ": " + cells.length + " cells in: " + line);
      }
      long[] n = Arrays.stream(cells, 3, COLUMNS).mapToLong(TdcLayers::number).toArray();
      layers.add(
          new Layer(
              cells[0], cells[1], cells[2], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8],
              n[9]));
    }
    return layers;
  }

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.F32, DataType.F16)) {
      for (Layer layer : table()) {
        cases.add(layer.set().equals("core") ? core(layer, type) : sequence(layer, type));
      }
    }
    return cases;
  }

  private static KernelCase core(Layer layer, DataType type) {
    ConvolutionShape shape = layer.core(type);
    return new KernelCase(
        "tdc.core/" + type.text() + "/" + layer.layer(),
        gemm(type),
        shape.multiplyAdds(),
        false,
        KernelCase.tolerance(type),
        b -> Made.of(shape.add(b, input(b, layer, type, layer.rankIn()))));
  }

  private static KernelCase sequence(Layer layer, DataType type) {
    ConvolutionShape core = layer.core(type);
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

  private static Value input(CaseBuilder b, Layer layer, DataType type, long channels) {
    return b.input(type, dev.tuckerc.ir.Layout.NHWC, 1, channels, layer.height(), layer.width());
  }

  private static String gemm(DataType type) {
    return type == DataType.F16 ? "gemm.mma" : "gemm.simt";
  }

  private static long number(String cell) {
    return cell.isEmpty() ? 0 : Long.parseLong(cell);
  }

  /// The table as text: lines of comma-separated values behind a comment that names the source.
  public static String csv() {
    try (InputStream in = TdcLayers.class.getResourceAsStream(RESOURCE)) {
      return new String(
          Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
