package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Labelled time series in the `.ts` format of the UEA and UCR archive (Bagnall et al. 2018): a
/// header of lines that begin with `@`, then a line for each sample, its channels separated by
/// colons, the values of a channel by commas, the class last.
final class TimeSeries {
  private TimeSeries() {}

  /// One sample.
  ///
  /// @param channels the values of each over time
  private record Series(List<double[]> channels, int label) {
    int length() {
      return channels.stream().mapToInt(values -> values.length).max().orElse(0);
    }
  }

  /// Reads `NAME_TRAIN.ts` or `NAME_TEST.ts` of a folder as samples `[time, channels]`. Zeros
  /// follow what is shorter than the longest series of both files.
  static Dataset read(String source, Path folder, Split split) {
    PackedFiles.requireFolder(source, folder);
    List<Series> training = series(source, folder, "_TRAIN.ts");
    List<Series> test = series(source, folder, "_TEST.ts");
    List<Series> wanted = split == Split.TEST ? test : training;
    int length =
        Stream.concat(training.stream(), test.stream()).mapToInt(Series::length).max().orElse(0);
    int channels = wanted.isEmpty() ? 0 : wanted.getFirst().channels().size();
    float[] values = new float[wanted.size() * length * channels];
    long[] labels = new long[wanted.size()];
    for (int i = 0; i < wanted.size(); i++) {
      labels[i] = wanted.get(i).label();
      for (int channel = 0; channel < channels; channel++) {
        double[] one = wanted.get(i).channels().get(channel);
        for (int time = 0; time < one.length; time++) {
          values[(i * length + time) * channels + channel] = (float) one[time];
        }
      }
    }
    List<Long> shape = List.of((long) wanted.size(), (long) length, (long) channels);
    return new ArrayDataset(
        Tensor.ofFloats(shape, values),
        Optional.of(Tensor.ofLongs(List.of((long) labels.length), labels)));
  }

  private static List<Series> series(String source, Path folder, String ending) {
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file =
          files
              .filter(path ->
                  path.getFileName().toString().replaceFirst("\\.(gz|xz)$", "").endsWith(ending))
              .sorted()
              .findFirst()
              .orElseThrow(() ->
                  new DataException(
                      source + ": there is no NAME" + ending + " (or .gz, .xz) in " + folder));
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, folder, e);
    }
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(PackedFiles.open(file), StandardCharsets.UTF_8))) {
      return series(source + ": " + file, reader);
    } catch (IOException e) {
      throw PackedFiles.unreadable(source, file, e);
    }
  }

  private static List<Series> series(String file, BufferedReader reader) throws IOException {
    List<String> classes = new ArrayList<>();
    List<Series> all = new ArrayList<>();
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      String where = file + ", line " + ++number;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#") || text.startsWith("%")) {
        continue;
      }
      if (!text.startsWith("@")) {
        Series one = series(where, text, classes);
        if (!all.isEmpty() && all.getFirst().channels().size() != one.channels().size()) {
          throw new DataException(
              where
                  + ": "
                  + one.channels().size()
                  + " channels, not "
                  + all.getFirst().channels().size());
        }
        all.add(one);
        continue;
      }
      List<String> words = List.of(text.toLowerCase(Locale.ROOT).split("\\s+"));
      if (words.equals(List.of("@timestamps", "true"))) {
        throw new DataException(where + ": values with time stamps; give series without");
      }
      if (words.getFirst().equals("@classlabel") && words.size() > 2) {
        // In the file's own spelling.
        classes.addAll(List.of(text.split("\\s+")).subList(2, words.size()));
      }
    }
    if (classes.isEmpty()) {
      throw new DataException(file + ": has no line '@classLabel true CLASS ...'");
    }
    return all;
  }

  private static Series series(String where, String line, List<String> classes) {
    List<String> fields = List.of(line.split(":"));
    int label = classes.indexOf(fields.getLast().strip());
    if (label < 0) {
      throw new DataException(
          where + ": '" + fields.getLast().strip() + "' is none of the classes " + classes);
    }
    List<double[]> channels = new ArrayList<>();
    for (String field : fields.subList(0, fields.size() - 1)) {
      String[] numbers = field.split(",");
      double[] values = new double[numbers.length];
      for (int i = 0; i < numbers.length; i++) {
        try {
          values[i] = Double.parseDouble(numbers[i].strip());
        } catch (NumberFormatException e) {
          throw new DataException(
              where + ": '" + numbers[i].strip() + "' is no number; fill in missing values", e);
        }
      }
      channels.add(values);
    }
    return new Series(channels, label);
  }
}
