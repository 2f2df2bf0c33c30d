package dev.tuckerc.ptx;

import java.util.List;

/// A parsed PTX file.
///
/// @param label what the text is, for messages
/// @param target such as `sm_90a`
/// @param variables module-scope variables in order
/// @param functions in order
public record PtxModule(
    String label, String target, List<PtxVariable> variables, List<PtxFunction> functions) {
  public PtxModule {
    variables = List.copyOf(variables);
    functions = List.copyOf(functions);
  }
}
