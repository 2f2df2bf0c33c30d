package dev.tuckerc.ptx;

/// Where an instruction stands.
///
/// @param ptxLine line of the PTX text, from 1
/// @param file source file named by `.loc`, or empty
/// @param line source line named by `.loc`, or 0
public record SourcePosition(int ptxLine, String file, int line) {
  @Override
  public String toString() {
    return "PTX line " + ptxLine + (line > 0 ? " (" + file + ":" + line + ")" : "");
  }
}
