package dev.tuckerc.tests.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.data.Offset;

/// Runs models in ONNX Runtime, which knows nothing of this compiler.
public final class OnnxRuntimeOracle {
  private OnnxRuntimeOracle() {}

  /// Outputs of a model by name; all of them F32.
  public static Map<String, Tensor> run(Path model, Map<String, Tensor> inputs)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    try (OrtSession session = environment.createSession(model.toString());
        OrtSession.Result results = session.run(feed(environment, inputs))) {
      for (var result : results) {
        OnnxTensor tensor = (OnnxTensor) result.getValue();
        float[] values = new float[tensor.getFloatBuffer().remaining()];
        tensor.getFloatBuffer().get(values);
        var shape = java.util.Arrays.stream(tensor.getInfo().getShape()).boxed().toList();
        outputs.put(result.getKey(), Tensor.ofFloats(shape, values));
      }
    }
    return outputs;
  }

  /// Fails unless every element is within 1e-3 of its own size and 1e-4 of the range.
  public static void assertClose(String what, Tensor actual, Tensor expected) {
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    double range = 0;
    for (float value : expected.toFloats()) {
      range = Math.max(range, Math.abs(value));
    }
    for (int i = 0; i < expected.size(); i++) {
      double wanted = expected.getDouble(i);
      assertThat(actual.getDouble(i))
          .as("%s, element %d", what, i)
          .isCloseTo(wanted, Offset.offset(1e-4 * range + 1e-3 * Math.abs(wanted) + 1e-30));
    }
  }

  private static Map<String, OnnxTensor> feed(
      OrtEnvironment environment, Map<String, Tensor> inputs) throws OrtException {
    Map<String, OnnxTensor> feed = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      Tensor tensor = input.getValue();
      assertThat(tensor.type()).isIn(DataType.F32, DataType.I64);
      byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
      buffer.put(bytes).flip();
      OnnxJavaType type = tensor.type() == DataType.F32 ? OnnxJavaType.FLOAT : OnnxJavaType.INT64;
      long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
      feed.put(input.getKey(), OnnxTensor.createTensor(environment, buffer, shape, type));
    }
    return feed;
  }
}
