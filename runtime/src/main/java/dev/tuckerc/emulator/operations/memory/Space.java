package dev.tuckerc.emulator.operations.memory;

/// State spaces an access can name.
public enum Space {
  GLOBAL("global"),
  SHARED("shared"),
  LOCAL("local"),
  PARAMETER("parameter"),
  GENERIC("generic");

  private final String word;

  Space(String word) {
    this.word = word;
  }

  @Override
  public String toString() {
    return word;
  }
}
