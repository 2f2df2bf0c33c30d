package dev.tuckerc.cli.samples;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.tensors.InputValues.Wanted;
import dev.tuckerc.data.DataException;
import dev.tuckerc.data.DataSource;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.data.Split;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.calibrate.CalibrationBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Data sets for the inputs of one model: samples in the shape, the layout and the type that it
/// takes.
///
/// @param inputs what the model takes; the first extent is its batch
/// @param sets one data set for each input, in that order
public record ModelData(List<Wanted> inputs, List<Dataset> sets) {
  public ModelData {
    inputs = List.copyOf(inputs);
    sets = List.copyOf(sets);
  }

  /// Reads the sources.
  ///
  /// @param option the option that names them, for messages
  /// @param most samples at most
  /// @throws CliException when a source cannot be read or does not fit the model
  public static ModelData read(
      String option,
      List<String> sources,
      Optional<String> preprocessing,
      Split split,
      int most,
      List<Wanted> inputs) {
    try {
      Map<String, Dataset> byInput = new LinkedHashMap<>();
      for (String text : sources) {
        DataSource source = DataSource.parse(text);
        Wanted wanted = wanted(option, source, inputs);
        Dataset set = source.read(split, most, preprocessing, pictureSize(wanted.shape()));
        if (byInput.put(wanted.name(), set) != null) {
          throw new CliException(
              Code.CLI013, option + ": input '" + wanted.name() + "' is given twice");
        }
      }
      List<Dataset> sets = new ArrayList<>();
      for (Wanted input : inputs) {
        Dataset set = byInput.get(input.name());
        if (set == null) {
          throw new CliException(
              Code.CLI013,
              option
                  + ": input '"
                  + input.name()
                  + "' has no data; add npy:"
                  + input.name()
                  + "=FILE.npy");
        }
        sets.add(set);
      }
      int size = sets.getFirst().size();
      if (sets.stream().anyMatch(set -> set.size() != size)) {
        throw new CliException(
            Code.CLI013,
            option
                + ": the sources hold "
                + sets.stream().map(Dataset::size).toList()
                + " samples; give as many for each input");
      }
      ModelData data = new ModelData(inputs, sets);
      data.batch(0, 1, 1);
      return data;
    } catch (DataException e) {
      throw new CliException(Code.CLI013, option + " " + e.getMessage(), e);
    }
  }

  private static Wanted wanted(String option, DataSource source, List<Wanted> inputs) {
    if (source.input().isEmpty()) {
      if (inputs.size() == 1) {
        return inputs.getFirst();
      }
      throw new CliException(
          Code.CLI013,
          option
              + " "
              + source.text()
              + ": the model has "
              + inputs.size()
              + " inputs; name one of "
              + inputs.stream().map(Wanted::name).toList()
              + " as in npy:NAME=FILE.npy");
    }
    return inputs.stream()
        .filter(input -> input.name().equals(source.input()))
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                Code.CLI013,
                option
                    + " "
                    + source.text()
                    + ": the model has no input '"
                    + source.input()
                    + "'; it has "
                    + inputs.stream().map(Wanted::name).toList()));
  }

  /// Height and width of the pictures that an input of this shape takes.
  private static Optional<List<Integer>> pictureSize(List<Long> shape) {
    if (shape.size() != 4) {
      return Optional.empty();
    }
    boolean channelsLast = shape.get(3) <= 4 && shape.get(1) > 4;
    int first = channelsLast ? 1 : 2;
    return Optional.of(
        List.of(Math.toIntExact(shape.get(first)), Math.toIntExact(shape.get(first + 1))));
  }

  /// How many samples there are.
  public int size() {
    return sets.getFirst().size();
  }

  /// The class of a sample.
  public OptionalInt label(int sample) {
    return sets.getFirst().label(sample);
  }

  /// Some samples as inputs of the model; a last batch that is short repeats its last sample.
  ///
  /// @param count of real samples
  /// @param batch to fill up to
  public Map<String, Tensor> batch(int first, int count, int batch) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      try {
        Tensor samples = sets.get(i).samples(first, count);
        tensors.put(inputs.get(i).name(), filled(shaped(inputs.get(i), samples), batch));
      } catch (DataException e) {
        throw new CliException(Code.CLI013, String.valueOf(e.getMessage()), e);
      }
    }
    return tensors;
  }

  /// All samples as inputs of the model.
  ///
  /// @param batch of samples at a time
  public List<CalibrationBatch> batches(int batch) {
    List<CalibrationBatch> batches = new ArrayList<>();
    for (int first = 0; first < size(); first += batch) {
      int count = Math.min(batch, size() - first);
      batches.add(new CalibrationBatch(batch(first, count, batch), count));
    }
    return batches;
  }

  /// Refuses samples that hold NaN or infinite elements, as the model gets them.
  ///
  /// @param option the option that names them
  /// @throws CliException which names the first such sample
  public void requireFinite(String option) {
    for (int sample = 0; sample < size(); sample++) {
      for (Map.Entry<String, Tensor> input : batch(sample, 1, 1).entrySet()) {
        if (!Double.isFinite(input.getValue().magnitude())) {
          throw new CliException(
              Code.CLI013,
              option
                  + ": sample "
                  + sample
                  + " for input '"
                  + input.getKey()
                  + "' holds NaN or infinite elements; leave it out");
        }
      }
    }
  }

  /// SHA-256 of all samples as the model gets them, as 64 hexadecimal digits.
  public String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      int step = 64;
      for (int first = 0; first < size(); first += step) {
        int count = Math.min(step, size() - first);
        for (Tensor tensor : batch(first, count, count).values()) {
          digest.update(tensor.data().toArray(ValueLayout.JAVA_BYTE));
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// Samples in the model's layout and type.
  private static Tensor shaped(Wanted input, Tensor samples) {
    List<Long> wanted = new ArrayList<>(input.shape());
    if (wanted.isEmpty()) {
      throw misfit(input, samples);
    }
    wanted.set(0, samples.shape().getFirst());
    List<Long> has = samples.shape();
    Tensor result = samples;
    if (!has.equals(wanted)) {
      boolean picture = has.size() == 4 && wanted.size() == 4;
      List<Long> last =
          picture ? List.of(has.get(0), has.get(2), has.get(3), has.get(1)) : List.of();
      if (last.equals(wanted)) {
        result = channelsLast(samples, wanted);
      } else if (!picture && Tensor.elementCount(has) == Tensor.elementCount(wanted)) {
        result = samples.reshape(wanted);
      } else {
        throw misfit(input, samples);
      }
    }
    if (result.type() != input.type()) {
      if (!result.type().isFloat() || !input.type().isFloat()) {
        throw misfit(input, samples);
      }
      result = result.convert(input.type());
    }
    return result;
  }

  private static CliException misfit(Wanted input, Tensor samples) {
    return new CliException(
        Code.CLI013,
        "samples of "
            + samples.type()
            + samples.shape().subList(1, samples.rank())
            + " do not fit input '"
            + input.name()
            + "', which takes "
            + input.type()
            + (input.shape().isEmpty()
                ? input.shape()
                : input.shape().subList(1, input.shape().size()))
            + (samples.rank() == 4 && input.shape().size() == 4 && samples.type().isFloat()
                ? "; scale pictures with --preprocess size=HEIGHTxWIDTH, write arrays anew"
                : "; write them anew in this type and shape"));
  }

  private static Tensor channelsLast(Tensor samples, List<Long> wanted) {
    int images = samples.dimension(0);
    int channels = samples.dimension(1);
    int positions = samples.dimension(2) * samples.dimension(3);
    Tensor result = Tensor.zeros(samples.type(), wanted);
    for (int i = 0; i < samples.size(); i++) {
      int image = i / (channels * positions);
      int channel = i / positions % channels;
      int position = i % positions;
      result.setDouble((image * positions + position) * channels + channel, samples.getDouble(i));
    }
    return images == 0 ? samples : result;
  }

  private static Tensor filled(Tensor samples, int batch) {
    int count = samples.dimension(0);
    if (count >= batch) {
      return samples;
    }
    List<Long> shape = new ArrayList<>(samples.shape());
    shape.set(0, (long) batch);
    Tensor result = Tensor.zeros(samples.type(), shape);
    long bytes = samples.data().byteSize() / count;
    MemorySegment.copy(samples.data(), 0, result.data(), 0, samples.data().byteSize());
    for (int i = count; i < batch; i++) {
      MemorySegment.copy(samples.data(), (count - 1) * bytes, result.data(), i * bytes, bytes);
    }
    return result;
  }
}
