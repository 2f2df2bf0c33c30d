package dev.tuckerc.tests.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;

/// Runs models in ONNX Runtime, which knows nothing of this compiler.
public final class OnnxRuntimeOracle {
  private OnnxRuntimeOracle() {}

  /// Outputs of a model by name.
  public static Map<String, Tensor> run(Path model, Map<String, Tensor> inputs)
      throws OrtException {
    // Its warnings are of models older than it likes.
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    try (OrtSession session = environment.createSession(model.toString());
        OrtSession.Result results = session.run(feed(environment, inputs))) {
      for (var result : results) {
        OnnxTensor tensor = (OnnxTensor) result.getValue();
        List<Long> shape = Arrays.stream(tensor.getInfo().getShape()).boxed().toList();
        byte[] bytes = new byte[tensor.getByteBuffer().remaining()];
        tensor.getByteBuffer().get(bytes);
        outputs.put(
            result.getKey(),
            Tensor.of(ours(tensor.getInfo().type), shape, MemorySegment.ofArray(bytes)));
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
      byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
      buffer.put(bytes).flip();
      long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
      feed.put(
          input.getKey(),
          OnnxTensor.createTensor(environment, buffer, shape, theirs(tensor.type())));
    }
    return feed;
  }

  private static OnnxJavaType theirs(DataType type) {
    return switch (type) {
      case F32 -> OnnxJavaType.FLOAT;
      case F64 -> OnnxJavaType.DOUBLE;
      case F16 -> OnnxJavaType.FLOAT16;
      case BF16 -> OnnxJavaType.BFLOAT16;
      case I64 -> OnnxJavaType.INT64;
      case I32 -> OnnxJavaType.INT32;
      case I16 -> OnnxJavaType.INT16;
      case I8 -> OnnxJavaType.INT8;
      case U8 -> OnnxJavaType.UINT8;
      case BOOL -> OnnxJavaType.BOOL;
      case U64, U32, U16 -> throw new IllegalArgumentException("no inputs of " + type);
    };
  }

  private static DataType ours(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> DataType.F32;
      case DOUBLE -> DataType.F64;
      case FLOAT16 -> DataType.F16;
      case BFLOAT16 -> DataType.BF16;
      case INT64 -> DataType.I64;
      case INT32 -> DataType.I32;
      case INT16 -> DataType.I16;
      case INT8 -> DataType.I8;
      case UINT8 -> DataType.U8;
      case BOOL -> DataType.BOOL;
      case STRING, UNKNOWN -> throw new IllegalArgumentException("an output of " + type);
    };
  }
}
