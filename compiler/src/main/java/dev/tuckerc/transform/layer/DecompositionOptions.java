package dev.tuckerc.transform.layer;

import java.util.List;

/// What may become of the layers beside their ranks; a handle of the pass context.
///
/// @param forms the only forms allowed, such as `R-C-E`; empty allows all
/// @param onlyFaster whether a layer stays dense where the cost model predicts no gain
public record DecompositionOptions(List<String> forms, boolean onlyFaster) {
  /// Everything is allowed.
  public static final DecompositionOptions DEFAULT = new DecompositionOptions(List.of(), false);

  public DecompositionOptions {
    forms = List.copyOf(forms);
  }

  public boolean allows(LayerForm form) {
    return forms.isEmpty() || forms.contains(form.name());
  }
}
