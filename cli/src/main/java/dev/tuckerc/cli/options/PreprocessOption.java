package dev.tuckerc.cli.options;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How pictures become numbers.
public final class PreprocessOption {
  @Option(
      names = "--preprocess",
      paramLabel = "SETTINGS",
      description =
          "Normalisation of pictures: unit, imagenet, or mean=R:G:B,std=R:G:B,size=HxW,"
              + "order=rgb|bgr,scale=255 (default: imagenet; unit for idx).")
  private @Nullable String settings;

  /// The settings as given.
  public Optional<String> settings() {
    return Optional.ofNullable(settings);
  }
}
