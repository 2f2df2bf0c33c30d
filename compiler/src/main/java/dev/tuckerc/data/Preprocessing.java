package dev.tuckerc.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// How the bytes of a picture become numbers: `(byte / scale - mean) / deviation`, channel by
/// channel.
///
/// @param mean one for each channel, or one for all
/// @param deviation the same, none 0
/// @param scale what a byte is divided by
/// @param height to which pictures of files are scaled, if at all
/// @param width the same
/// @param blueFirst whether colours are ordered blue, green, red
public record Preprocessing(
    List<Double> mean,
    List<Double> deviation,
    double scale,
    OptionalInt height,
    OptionalInt width,
    boolean blueFirst) {
  /// What networks trained on ImageNet's statistics expect, as torchvision's models do.
  public static final Preprocessing IMAGENET =
      new Preprocessing(
          List.of(0.485, 0.456, 0.406),
          List.of(0.229, 0.224, 0.225),
          255,
          OptionalInt.empty(),
          OptionalInt.empty(),
          false);

  /// Bytes divided by 255.
  public static final Preprocessing UNIT =
      new Preprocessing(
          List.of(0.0), List.of(1.0), 255, OptionalInt.empty(), OptionalInt.empty(), false);

  private static final String FORM =
      "expected settings such as mean=0.485:0.456:0.406,std=0.229:0.224:0.225,size=224x224,"
          + "order=rgb,scale=255, or 'imagenet' or 'unit'";

  public Preprocessing {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /// Reads settings as they are written on the command line, on top of others.
  ///
  /// @throws DataException for settings of another form
  public static Preprocessing parse(String text, Preprocessing base) {
    Preprocessing result = base;
    for (String setting : text.split(",", -1)) {
      int equals = setting.indexOf('=');
      String value = setting.substring(equals + 1).strip();
      result =
          switch (equals < 0 ? setting.strip() : setting.substring(0, equals).strip()) {
            case "imagenet" -> IMAGENET.sized(result.height, result.width);
            case "unit" -> UNIT.sized(result.height, result.width);
            case "mean" -> result.with(numbers(text, value), result.deviation, result.scale);
            case "std" -> result.with(result.mean, deviations(text, value), result.scale);
            case "scale" -> {
              List<Double> scale = deviations(text, value);
              yield result.with(result.mean, result.deviation, scale.getFirst());
            }
            case "size" -> result.sized(extent(text, value, 0), extent(text, value, 1));
            case "order" -> result.ordered(blueFirst(text, value));
            default -> throw malformed(text);
          };
    }
    return result;
  }

  private Preprocessing with(List<Double> newMean, List<Double> newDeviation, double newScale) {
    return new Preprocessing(newMean, newDeviation, newScale, height, width, blueFirst);
  }

  private Preprocessing sized(OptionalInt newHeight, OptionalInt newWidth) {
    return new Preprocessing(mean, deviation, scale, newHeight, newWidth, blueFirst);
  }

  private Preprocessing ordered(boolean newBlueFirst) {
    return new Preprocessing(mean, deviation, scale, height, width, newBlueFirst);
  }

  private static boolean blueFirst(String text, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "rgb" -> false;
      case "bgr" -> true;
      default -> throw malformed(text);
    };
  }

  private static OptionalInt extent(String text, String value, int index) {
    String[] parts = value.split("x", -1);
    if (parts.length != 2) {
      throw malformed(text);
    }
    try {
      int extent = Integer.parseInt(parts[index]);
      if (extent < 1 || extent > 1 << 14) {
        throw malformed(text);
      }
      return OptionalInt.of(extent);
    } catch (NumberFormatException e) {
      throw malformed(text);
    }
  }

  private static List<Double> deviations(String text, String value) {
    List<Double> numbers = numbers(text, value);
    if (numbers.contains(0.0)) {
      throw new DataException("preprocessing '" + text + "': a divisor is 0; " + FORM);
    }
    return numbers;
  }

  private static List<Double> numbers(String text, String value) {
    List<Double> numbers = new ArrayList<>();
    for (String part : value.split(":", -1)) {
      try {
        numbers.add(Double.parseDouble(part));
      } catch (NumberFormatException e) {
        throw malformed(text);
      }
    }
    return numbers;
  }

  private static DataException malformed(String text) {
    return new DataException("preprocessing '" + text + "' cannot be read; " + FORM);
  }

  /// Normalises pictures.
  ///
  /// @param bytes `[channels, positions]` from an offset on, red first
  /// @param into takes as many numbers from its own offset on
  void apply(byte[] bytes, int from, int channels, int positions, float[] into, int to) {
    for (int channel = 0; channel < channels; channel++) {
      double channelMean = mean.get(Math.min(channel, mean.size() - 1));
      double channelDeviation = deviation.get(Math.min(channel, deviation.size() - 1));
      int source = from + (blueFirst ? channels - 1 - channel : channel) * positions;
      int target = to + channel * positions;
      for (int i = 0; i < positions; i++) {
        double value = Byte.toUnsignedInt(bytes[source + i]) / scale;
        into[target + i] = (float) ((value - channelMean) / channelDeviation);
      }
    }
  }
}
