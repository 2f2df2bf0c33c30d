package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where samples come from, as it is written on the command line: one of [#FORMS].
///
/// @param text as written
/// @param kind what is before the colon
/// @param input the model's input that the samples are for; empty where the only one is meant
/// @param location what is read
public record DataSource(String text, Kind kind, String input, String location) {
  /// The forms understood.
  public static final String FORMS =
      "npy:[NAME=]FILE.npy, images:DIR, cifar10:DIR, cifar100:DIR, idx:DIR (MNIST's files) or ts:DIR"
          + " (time series, NAME_TRAIN.ts and NAME_TEST.ts)";

  /// A way to store samples.
  public enum Kind {
    NPY,
    IMAGES,
    CIFAR10,
    CIFAR100,
    IDX,
    TS;

    /// Whether a source of this kind has a training and a test part.
    public boolean hasSplits() {
      return switch (this) {
        case CIFAR10, CIFAR100, IDX, TS -> true;
        case NPY, IMAGES -> false;
      };
    }
  }

  /// Reads the text of a source, not the source.
  ///
  /// @throws DataException for another form
  public static DataSource parse(String text) {
    int colon = text.indexOf(':');
    String location = text.substring(colon + 1);
    if (colon < 0 || location.isBlank()) {
      throw malformed(text);
    }
    return switch (text.substring(0, colon)) {
      case "npy" -> {
        int equals = location.indexOf('=');
        yield new DataSource(
            text,
            Kind.NPY,
            equals < 0 ? "" : location.substring(0, equals),
            location.substring(equals + 1));
      }
      case "images" -> new DataSource(text, Kind.IMAGES, "", location);
      case "cifar10" -> new DataSource(text, Kind.CIFAR10, "", location);
      case "cifar100" -> new DataSource(text, Kind.CIFAR100, "", location);
      case "ts" -> new DataSource(text, Kind.TS, "", location);
      case "idx" -> new DataSource(text, Kind.IDX, "", location);
      default -> throw malformed(text);
    };
  }

  private static DataException malformed(String text) {
    return new DataException("'" + text + "' is no source of data; expected " + FORMS);
  }

  /// What pictures of this kind are normalised by where nothing else is asked for.
  private Preprocessing usual() {
    return kind == Kind.IDX ? Preprocessing.UNIT : Preprocessing.IMAGENET;
  }

  /// Reads the first samples.
  ///
  /// @param split which part, where there are two
  /// @param most how many at most
  /// @param preprocessing settings that differ from the usual ones; empty for none
  /// @param size height and width of pictures that the model takes, where they are known
  /// @throws DataException when it cannot be read
  public Dataset read(
      Split split, int most, Optional<String> preprocessing, Optional<List<Integer>> size) {
    if ((kind == Kind.NPY || kind == Kind.TS) && preprocessing.isPresent()) {
      throw new DataException(
          text
              + ": numbers are taken as they are; leave out the preprocessing, or apply it before");
    }
    Preprocessing how =
        preprocessing
            .map(settings -> Preprocessing.parse(settings, usual()))
            .orElseGet(this::usual);
    Dataset data =
        switch (kind) {
          case NPY -> arrays();
          case IMAGES -> ImageFolder.read(text, Path.of(location), most, how, size);
          case CIFAR10 -> Cifar.CIFAR10.read(text, Path.of(location), split, most, how);
          case CIFAR100 -> Cifar.CIFAR100.read(text, Path.of(location), split, most, how);
          case TS -> TimeSeries.read(text, Path.of(location), split);
          case IDX -> IdxFiles.read(text, Path.of(location), split, most, how);
        };
    if (data.size() == 0) {
      throw new DataException(text + ": it holds no sample");
    }
    return data.first(most);
  }

  private Dataset arrays() {
    int comma = location.indexOf(".npy,");
    String first = comma < 0 ? location : location.substring(0, comma + 4);
    Tensor array = array(first);
    if (comma < 0) {
      return new ArrayDataset(array, Optional.empty());
    }
    String second = location.substring(comma + 5);
    Tensor labels = array(second);
    boolean fits = labels.rank() >= 1 && labels.size() == array.dimension(0);
    if (!fits || labels.type().isFloat()) {
      throw new DataException(
          text
              + ": labels "
              + labels.type()
              + labels.shape()
              + " for "
              + array.dimension(0)
              + " samples; give one integer for each");
    }
    return new ArrayDataset(array, Optional.of(labels));
  }

  private Tensor array(String file) {
    Tensor array = NpyFormat.read(Path.of(file));
    if (array.rank() == 0) {
      throw new DataException(file + ": a single number has no axis of samples");
    }
    return array;
  }
}
