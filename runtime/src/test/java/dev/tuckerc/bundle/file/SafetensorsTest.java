package dev.tuckerc.bundle.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.HostTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

  static byte[] written(Map<String, HostTensor> tensors) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      Safetensors.write(tensors, out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.allocate(8 + text.length + dataBytes);
    buffer.order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text);
    return buffer.array();
  }

  private static Map<String, HostTensor> read(byte[] bytes) {
    return Safetensors.read("w.safetensors", MemorySegment.ofArray(bytes));
  }

  @Property(tries = 200)
  void roundTrip(
      @ForAll @Size(max = 6) List<@IntRange(max = 8) Integer> types,
      @ForAll @Size(max = 4) List<@IntRange(max = 4) Integer> extents) {
    Map<String, HostTensor> tensors = new TreeMap<>();
    List<Long> shape = extents.stream().map(Integer::longValue).toList();
    for (int i = 0; i < types.size(); i++) {
      HostTensor tensor = HostTensor.zeros(ElementType.values()[types.get(i)], shape);
      for (long b = 0; b < tensor.data().byteSize(); b++) {
        tensor.data().set(java.lang.foreign.ValueLayout.JAVA_BYTE, b, (byte) (b * 7 + i));
      }
      tensors.put("layer\"" + i + ".λ", tensor);
    }
    byte[] bytes = written(tensors);
    Map<String, HostTensor> back = read(bytes);
    assertThat(back.keySet()).isEqualTo(tensors.keySet());
    back.forEach((name, tensor) -> assertThat(tensor.sameContent(tensors.get(name))).isTrue());
    assertThat(written(back)).isEqualTo(bytes);
  }

  @Test
  void everyTensorIsAligned() {
    Map<String, HostTensor> tensors = new TreeMap<>();
    for (ElementType type : ElementType.values()) {
      tensors.put("t" + type, HostTensor.zeros(type, List.of(3L)));
    }
    byte[] bytes = written(tensors);
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
    MemorySegment whole = MemorySegment.ofArray(bytes);
    Safetensors.read("w", whole)
        .forEach((name, tensor) ->
            assertThat(tensor.data().address() - whole.address())
                .as(name)
                .matches(at -> at % tensor.type().bytes() == 0));
  }

  @Test
  void metadataIsAllowed() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}"
            + "   ";
    assertThat(read(file(header, 2))).containsOnlyKeys("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | 4 | another number of bytes",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 8 | begins at 4, not at 0",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 5 | the file has 5",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 3 | the file has 3",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | 4 | negative extent",
        "{'a':{'dtype':'F32','shape':[0,4611686018427387904,4],'data_offsets':[0,0]}} | 0 | too"
            + " large",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | 4 | no sound data_offsets",
        "{'a':{'dtype':'F99','shape':[1],'data_offsets':[0,4]}} | 4 | no element type",
        "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | 4 | integer of 64 bits",
        "{'a':{'dtype':'F32','shape':[1]}} | 4 | lacks the field 'data_offsets'",
        "{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'a':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}"
            + " | 2 | Duplicate",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'b':{'dtype':'U8','shape':[2],'data_offsets':[1,3]}}"
            + " | 3 | begins at 1, not at 2",
        "{'__metadata__':{'a':1}} | 0 | must be a text",
        "[] | 0 | does not start with {",
        "{ | 0 | does not fit",
        "{} {} | 0 | not valid JSON",
      })
  void damagedFiles(String header, int dataBytes, String problem) {
    byte[] bytes = file(header.replace('\'', '"'), dataBytes);
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith("w.safetensors: ")
        .hasMessageContaining(problem)
        .hasMessageEndingWith("; write the bundle again with tuckerc compile");
  }

  @Property(tries = 3000)
  void mutationsAreReadOrRefused(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 10_000) Integer> places,
      @ForAll @Size(min = 4, max = 4) List<Byte> values) {
    byte[] bytes = written(SampleBundle.weights());
    for (int i = 0; i < places.size(); i++) {
      bytes[places.get(i) % bytes.length] = values.get(i);
    }
    try {
      read(bytes);
    } catch (BundleException e) {
      assertThat(e).hasMessageStartingWith("w.safetensors: ");
    }
  }
}
