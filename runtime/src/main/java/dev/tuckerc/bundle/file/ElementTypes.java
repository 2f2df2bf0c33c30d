package dev.tuckerc.bundle.file;

import dev.tuckerc.bundle.ElementType;

/// Element types in JSON.
final class ElementTypes {
  private ElementTypes() {}

  static ElementType parse(JsonView view) {
    String name = view.text();
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw view.wrong("names no element type that is supported");
  }
}
