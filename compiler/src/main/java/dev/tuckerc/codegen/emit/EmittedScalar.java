package dev.tuckerc.codegen.emit;

import java.util.List;
import java.util.SequencedSet;

/// CUDA code of a scalar expression.
///
/// @param statements declarations of temporaries, in order, each complete with its semicolon
/// @param result expression of the compute type of [CudaType]
/// @param helpers helper files the code needs
public record EmittedScalar(List<String> statements, String result, SequencedSet<String> helpers) {
  public EmittedScalar {
    statements = List.copyOf(statements);
  }
}
