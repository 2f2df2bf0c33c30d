package dev.tuckerc.codegen.select;

import dev.tuckerc.cost.Estimate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What the compiler predicted and chose, to be asked again by a later compilation.
///
/// Times and choices are pure functions of a question: the operation with its types, the device,
/// the share of weights in device memory, and the compiler itself. The first three are in the
/// question; whoever keeps these bytes from one process to the next must not give them to another
/// compiler. Thread-safe.
public final class Predictions {
  /// Most answers that are written: some megabytes. Beyond it those that this compilation did not
  /// ask for are left out.
  private static final int MOST_ANSWERS = 20_000;

  private static final int HASH_BYTES = 32;

  /// Encoded answers by the hash of their questions.
  private final Map<String, byte[]> answers = new ConcurrentHashMap<>();

  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final int before;

  /// Nothing is known.
  public Predictions() {
    this.before = 0;
  }

  private Predictions(Map<String, byte[]> answers) {
    this.answers.putAll(answers);
    this.before = answers.size();
  }

  /// What [#encode] wrote.
  ///
  /// @return empty when the bytes are not such
  public static Optional<Predictions> decode(byte[] bytes) {
    Map<String, byte[]> answers = new TreeMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int count = in.readInt();
      for (int i = 0; i < count; i++) {
        String question = HexFormat.of().formatHex(in.readNBytes(HASH_BYTES));
        byte[] answer = new byte[in.readInt()];
        in.readFully(answer);
        answers.put(question, answer);
      }
    } catch (IOException | NegativeArraySizeException e) {
      return Optional.empty();
    }
    return Optional.of(new Predictions(answers));
  }

  /// All answers, in an order that does not depend on that of the questions.
  public byte[] encode() {
    boolean all = answers.size() <= MOST_ANSWERS;
    Map<String, byte[]> kept = new TreeMap<>(answers);
    kept.keySet().removeIf(question -> !all && !asked.contains(question));
    return written(out -> {
      out.writeInt(kept.size());
      for (Map.Entry<String, byte[]> entry : kept.entrySet()) {
        out.write(HexFormat.of().parseHex(entry.getKey()));
        out.writeInt(entry.getValue().length);
        out.write(entry.getValue());
      }
    });
  }

  /// Whether there are answers that were not decoded but made.
  public boolean grown() {
    return answers.size() > before;
  }

  /// The predicted time of the best kernel.
  ///
  /// @param question what it depends on, in words that are the same in every process
  /// @param predict makes the answer where it is not known: empty where there is no kernel
  public Optional<Estimate> estimate(String question, Supplier<Optional<Estimate>> predict) {
    String key = hash("estimate\n" + question);
    byte[] known = answers.get(key);
    if (known != null) {
      return read(
          known,
          in -> in.readBoolean() ? Optional.of(DecisionBytes.estimate(in)) : Optional.empty());
    }
    Optional<Estimate> made = predict.get();
    answers.put(
        key,
        written(out -> {
          out.writeBoolean(made.isPresent());
          if (made.isPresent()) {
            DecisionBytes.write(made.get(), out);
          }
        }));
    return made;
  }

  /// The choice made before, if it is known.
  Optional<Decision> decision(String question) {
    byte[] known = answers.get(hash("decision\n" + question));
    return known == null ? Optional.empty() : Optional.of(read(known, DecisionBytes::read));
  }

  void keep(String question, Decision decision) {
    answers.put(hash("decision\n" + question), written(out -> DecisionBytes.write(decision, out)));
  }

  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  private static <T> T read(byte[] bytes, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return reader.read(in);
    } catch (IOException e) {
      throw new IllegalStateException("an answer of this compiler's cannot be read", e);
    }
  }

  private static byte[] written(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writer.write(out);
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot be written", e);
    }
    return bytes.toByteArray();
  }

  private String hash(String question) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      String key = HexFormat.of().formatHex(sha.digest(question.getBytes(StandardCharsets.UTF_8)));
      asked.add(key);
      return key;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
