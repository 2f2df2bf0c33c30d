package dev.tuckerc.transform.decompose;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.FactorizationBytes;
import dev.tuckerc.linalg.FactorizationStore;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.PassContext;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/// What was computed of weights before, found by the hash of the weight and of what was asked for.
///
/// @param store empty where nothing is kept
record KnownWeights(Optional<FactorizationStore> store) {
  /// To be raised whenever the same question gets another answer.
  private static final String VERSION = "1";

  static KnownWeights of(PassContext context) {
    return new KnownWeights(context.find(FactorizationStore.class));
  }

  /// The factors of a layer in a form, in the type of its weight.
  Factorization factors(Layer layer, LayerForm form, Supplier<Factorization> make) {
    if (store.isEmpty()) {
      return make.get();
    }
    String key = key(layer, form.name() + " " + form.choice());
    Optional<byte[]> known = store.get().find(key);
    if (known.isPresent()) {
      return FactorizationBytes.decode(known.get());
    }
    Factorization made = make.get();
    store.get().keep(key, FactorizationBytes.encode(made));
    return made;
  }

  /// Numbers that describe a layer's weight.
  ///
  /// @param name of what they are
  double[] numbers(Layer layer, String name, Supplier<double[]> make) {
    if (store.isEmpty()) {
      return make.get();
    }
    String key = key(layer, name);
    Optional<byte[]> known = store.get().find(key);
    if (known.isPresent()) {
      double[] numbers = new double[known.get().length / Double.BYTES];
      ByteBuffer.wrap(known.get()).asDoubleBuffer().get(numbers);
      return numbers;
    }
    double[] made = make.get();
    ByteBuffer bytes = ByteBuffer.allocate(made.length * Double.BYTES);
    bytes.asDoubleBuffer().put(made);
    store.get().keep(key, bytes.array());
    return made;
  }

  private static String key(Layer layer, String question) {
    Tensor weight = layer.data().orElseThrow();
    String head =
        String.join(
            "\n", VERSION, question, "" + layer.groups(), weight.type() + "", weight.shape() + "");
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(head.getBytes(StandardCharsets.UTF_8));
      byte[] block = new byte[1 << 16];
      long size = weight.data().byteSize();
      for (long at = 0; at < size; at += block.length) {
        int length = (int) Math.min(block.length, size - at);
        MemorySegment.copy(weight.data(), ValueLayout.JAVA_BYTE, at, block, 0, length);
        digest.update(block, 0, length);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
