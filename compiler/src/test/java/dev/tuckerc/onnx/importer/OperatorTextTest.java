package dev.tuckerc.onnx.importer;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.text.IrPrinter;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The IR that operators become, as text; one example per way of importing.
public final class OperatorTextTest {
  @TempDir Path folder;

  /// The operations of a model whose nodes all lie at one location, without it.
  private String text(Models models) {
    String text =
        IrPrinter.print(OnnxImporter.read(models.output("y").write(folder), ShapeBindings.NONE));
    return text.replaceAll("  loc\\(.*\\)", "");
  }

  @Test
  void anActivationIsOneExpression() {
    assertThat(text(Models.opset(22).input("x", "2", "3").node("HardSwish", List.of("x"), "y")))
        .isEqualTo(
            """
            graph @test(%x: f32[2,3]) -> (%y) {
              %y = pointwise(%x) {body={x0 * maximum(0.0:f32, minimum(1.0:f32, 0.16666666666666666:f32 * x0 + 0.5:f32))}} : (f32[2,3]) -> f32[2,3]
            }
            """);
  }

  @Test
  void constantBoundsOfClipBecomeLiterals() {
    assertThat(
            text(
                Models.opset(13)
                    .input("x", "2", "3")
                    .weights("low", Tensor.ofFloats(List.of(), 0))
                    .weights("high", Tensor.ofFloats(List.of(), 6))
                    .node("Clip", List.of("x", "low", "high"), "y")))
        .isEqualTo(
            """
            graph @test(%x: f32[2,3]) -> (%y) {
              %y = pointwise(%x) {body={minimum(maximum(x0, 0.0:f32), 6.0:f32)}} : (f32[2,3]) -> f32[2,3]
            }
            """);
  }

  @Test
  void scalarsBroadcastInOldModels() {
    assertThat(
            text(
                Models.opset(6)
                    .input("x", "2", "3")
                    .input("s")
                    .node("Add", List.of("x", "s"), "y", attribute("broadcast", true))))
        .isEqualTo(
            """
            graph @test(%x: f32[2,3], %s: f32[]) -> (%y) {
              %y = pointwise(%x, %s) {body={x0 + x1}} : (f32[2,3], f32[]) -> f32[2,3]
            }
            """);
  }

  @Test
  void gemmIsTransposesAProductAndAnExpression() {
    assertThat(
            text(
                Models.opset(13)
                    .input("a", "4", "3")
                    .input("b", "5", "4")
                    .input("c", "5")
                    .node(
                        "Gemm",
                        List.of("a", "b", "c"),
                        "y",
                        attribute("transA", true),
                        attribute("transB", true),
                        attribute("alpha", 0.25))))
        .isEqualTo(
            """
            graph @test(%a: f32[4,3], %b: f32[5,4], %c: f32[5]) -> ("y" = %y_4) {
              %y = transpose(%a) {permutation=[1,0]} : (f32[4,3]) -> f32[3,4]
              %y_2 = transpose(%b) {permutation=[1,0]} : (f32[5,4]) -> f32[4,5]
              %y_3 = matmul(%y, %y_2) : (f32[3,4], f32[4,5]) -> f32[3,5]
              %y_4 = pointwise(%y_3, %c) {body={0.25:f32 * x0 + x1}} : (f32[3,5], f32[5]) -> f32[3,5]
            }
            """);
  }

  @Test
  void autoPadIsResolved() {
    assertThat(
            text(
                Models.opset(13)
                    .input("x", "1", "2", "5", "5")
                    .node(
                        "MaxPool",
                        List.of("x"),
                        "y",
                        attribute("kernel_shape", List.of(3L, 3L)),
                        attribute("strides", List.of(2L, 2L)),
                        attribute("auto_pad", "SAME_UPPER"))))
        .isEqualTo(
            """
            graph @test(%x: f32[1,2,5,5]) -> (%y) {
              %y = pool(%x) {kernel=[3,3], stride=[2,2], pad=[1,1,1,1], dilation=[1,1], kind="maximum"} : (f32[1,2,5,5]) -> f32[1,2,3,3]
            }
            """);
  }

  @Test
  void globalPoolingIsAReduction() {
    assertThat(
            text(
                Models.opset(13)
                    .input("x", "N", "2", "H", "W")
                    .node("GlobalAveragePool", List.of("x"), "y")))
        .isEqualTo(
            """
            graph @test(%x: f32[N,2,H,W]) -> (%y) {
              %y = reduce(%x) {kind="mean", axes=[2,3], keep_dims=true} : (f32[N,2,H,W]) -> f32[N,2,1,1]
            }
            """);
  }

  @Test
  void softmaxBeforeOpset13TakesAMatrix() {
    assertThat(text(Models.opset(11).input("x", "2", "3", "4").node("Softmax", List.of("x"), "y")))
        .isEqualTo(
            """
            graph @test(%x: f32[2,3,4]) -> ("y" = %y_3) {
              %y = reshape(%x) {shape=[2,12]} : (f32[2,3,4]) -> f32[2,12]
              %y_2 = softmax(%y) {axis=1} : (f32[2,12]) -> f32[2,12]
              %y_3 = reshape(%y_2) {shape=[2,3,4]} : (f32[2,12]) -> f32[2,3,4]
            }
            """);
  }

  @Test
  void depthToSpaceIsAPermutation() {
    assertThat(
            text(
                Models.opset(13)
                    .input("x", "1", "8", "2", "3")
                    .node(
                        "DepthToSpace",
                        List.of("x"),
                        "y",
                        attribute("blocksize", 2),
                        attribute("mode", "CRD"))))
        .isEqualTo(
            """
            graph @test(%x: f32[1,8,2,3]) -> ("y" = %y_3) {
              %y = reshape(%x) {shape=[1,2,2,2,2,3]} : (f32[1,8,2,3]) -> f32[1,2,2,2,2,3]
              %y_2 = transpose(%y) {permutation=[0,1,4,2,5,3]} : (f32[1,2,2,2,2,3]) -> f32[1,2,2,2,3,2]
              %y_3 = reshape(%y_2) {shape=[1,2,4,6]} : (f32[1,2,2,2,3,2]) -> f32[1,2,4,6]
            }
            """);
  }

  @Test
  void instanceNormalizationIsReductionsAndExpressions() {
    assertThat(
            text(
                Models.opset(13)
                    .input("x", "1", "2", "4", "4")
                    .input("s", "2")
                    .input("b", "2")
                    .node("InstanceNormalization", List.of("x", "s", "b"), "y")))
        .isEqualTo(
            """
            graph @test(%x: f32[1,2,4,4], %s: f32[2], %b: f32[2]) -> ("y" = %y_9) {
              %y = reduce(%x) {kind="mean", axes=[2,3], keep_dims=true} : (f32[1,2,4,4]) -> f32[1,2,1,1]
              %y_2 = pointwise(%x, %y) {body={x0 - x1}} : (f32[1,2,4,4], f32[1,2,1,1]) -> f32[1,2,4,4]
              %y_3 = pointwise(%y_2) {body={x0 * x0}} : (f32[1,2,4,4]) -> f32[1,2,4,4]
              %y_4 = reduce(%y_3) {kind="mean", axes=[2,3], keep_dims=true} : (f32[1,2,4,4]) -> f32[1,2,1,1]
              %y_5 = pointwise(%y_4) {body={reciprocal(sqrt(x0 + 9.999999747378752E-6:f32))}} : (f32[1,2,1,1]) -> f32[1,2,1,1]
              %y_6 = pointwise(%y_2, %y_5) {body={x0 * x1}} : (f32[1,2,4,4], f32[1,2,1,1]) -> f32[1,2,4,4]
              %y_7 = reshape(%s) {shape=[2,1,1]} : (f32[2]) -> f32[2,1,1]
              %y_8 = reshape(%b) {shape=[2,1,1]} : (f32[2]) -> f32[2,1,1]
              %y_9 = pointwise(%y_6, %y_7, %y_8) {body={x0 * x1 + x2}} : (f32[1,2,4,4], f32[2,1,1], f32[2,1,1]) -> f32[1,2,4,4]
            }
            """);
  }
}
