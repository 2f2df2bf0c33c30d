package dev.tuckerc.onnx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.TensorProto;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

public final class OnnxTensorsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DataType.class)
  void everyTypeIsWrittenAndReadBack(DataType type) {
    Tensor tensor = Tensor.zeros(type, List.of(2L, 3L));
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, type == DataType.BOOL ? i % 2 : i * 7 - (type.isUnsigned() ? 0 : 12));
    }
    Path file = folder.resolve("tensor.pb");
    OnnxTensors.write(file, "name", tensor);
    assertThat(OnnxTensors.read(file).contentEquals(tensor)).isTrue();
    assertThat(OnnxTensors.readName(file)).isEqualTo("name");
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void typedFieldsAreRead(DataType type) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setDataType(OnnxTypes.toOnnx(type).getNumber()).addDims(2);
    switch (type) {
      case F32 -> proto.addFloatData(1).addFloatData(0);
      case F64 -> proto.addDoubleData(1).addDoubleData(0);
      case I64 -> proto.addInt64Data(1).addInt64Data(0);
      case U64, U32 -> proto.addUint64Data(1).addUint64Data(0);
      case F16 -> proto.addInt32Data(0x3c00).addInt32Data(0);
      case BF16 -> proto.addInt32Data(0x3f80).addInt32Data(0);
      case I32, I16, I8, U16, U8, BOOL -> proto.addInt32Data(1).addInt32Data(0);
    }
    Tensor tensor = OnnxTensors.toTensor(proto.build(), "t", new ExternalData(folder));
    assertThat(tensor.toDoubles()).containsExactly(1, 0);
    assertThatThrownBy(
            () -> OnnxTensors.toTensor(proto.addDims(2).build(), "t", new ExternalData(folder)))
        .hasMessageContaining("2 elements of data do not fill");
  }

  @Test
  void otherTypesAreRefused() throws IOException {
    TensorProto strings =
        TensorProto.newBuilder().setDataType(TensorProto.DataType.STRING_VALUE).addDims(0).build();
    Path file = Files.write(folder.resolve("strings.pb"), strings.toByteArray());
    assertThatThrownBy(() -> OnnxTensors.read(file))
        .isInstanceOfSatisfying(
            OnnxException.class, e -> assertThat(e.code()).isEqualTo(Code.ONNX013))
        .hasMessageContaining("STRING")
        .hasMessageContaining(file.toString());
  }

  @Test
  void shapesThatCannotBe() {
    TensorProto huge =
        TensorProto.newBuilder().setDataType(1).addDims(1L << 40).addDims(1L << 40).build();
    assertThatThrownBy(() -> OnnxTensors.toTensor(huge, "t", new ExternalData(folder)))
        .hasMessageContaining("ONNX014");
    TensorProto negative = TensorProto.newBuilder().setDataType(1).addDims(-1).build();
    assertThatThrownBy(() -> OnnxTensors.toTensor(negative, "t", new ExternalData(folder)))
        .hasMessageContaining("ONNX005");
  }
}
