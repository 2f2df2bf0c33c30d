package dev.tuckerc.training.finetune;

import java.util.ArrayList;
import java.util.List;

/// The learning rate over a run, as a share of the first one.
public sealed interface RateSchedule {
  /// The rate stays.
  record Constant() implements RateSchedule {}

  /// Half a cosine from 1 to 0 (Loshchilov and Hutter 2017, without restarts).
  record Cosine() implements RateSchedule {}

  /// A tenth of what it was from each of these parts of the run on.
  ///
  /// @param at between 0 and 1, rising
  record Steps(List<Double> at) implements RateSchedule {
    public Steps {
      at = List.copyOf(at);
    }
  }

  /// The forms understood.
  String FORMS = "constant, cosine, or steps=0.5:0.75 (a tenth from each of these parts on)";

  /// Reads a schedule as it is written on the command line.
  ///
  /// @throws IllegalArgumentException for another form
  static RateSchedule parse(String text) {
    if (text.equals("constant")) {
      return new Constant();
    }
    if (text.equals("cosine")) {
      return new Cosine();
    }
    if (text.matches("steps=(0?\\.[0-9]+)(:0?\\.[0-9]+)*")) {
      List<Double> parts = new ArrayList<>();
      for (String part : text.substring("steps=".length()).split(":")) {
        parts.add(Double.parseDouble(part));
      }
      return new Steps(parts);
    }
    throw new IllegalArgumentException("'" + text + "' is no schedule; expected " + FORMS);
  }

  /// The share of the first rate.
  ///
  /// @param progress part of the run that is done, 0 to 1
  default double factor(double progress) {
    return switch (this) {
      case Constant _ -> 1;
      case Cosine _ -> 0.5 * (1 + Math.cos(Math.PI * progress));
      case Steps(List<Double> at) ->
          Math.pow(0.1, at.stream().filter(part -> progress >= part).count());
    };
  }
}
