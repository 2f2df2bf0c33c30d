package dev.tuckerc.cli;

import picocli.CommandLine.IVersionProvider;

/// Text of `tuckerc --version`.
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "tuckerc " + Tuckerc.VERSION,
      "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
      System.getProperty("os.name") + " " + System.getProperty("os.arch")
    };
  }
}
