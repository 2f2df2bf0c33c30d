package dev.tuckerc.onnx.importer;

import dev.tuckerc.ir.Graph;
import java.util.List;

/// An imported model with what the import assumed.
///
/// @param graph the model; its symbolic extents are those that were not bound
/// @param opset version of the standard operator set
/// @param producer tool that wrote the model, with its version; may be empty
/// @param specializedInputs inputs whose given contents were compiled in
/// @param notes remarks for the user, one sentence each
public record ImportedModel(
    Graph graph, long opset, String producer, List<String> specializedInputs, List<String> notes) {
  public ImportedModel {
    specializedInputs = List.copyOf(specializedInputs);
    notes = List.copyOf(notes);
  }
}
