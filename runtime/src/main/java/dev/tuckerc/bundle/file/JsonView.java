package dev.tuckerc.bundle.file;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// A JSON value of a bundle's file that knows where it is, so that every complaint names the file
/// and the place: `m.bundle/plan.json: launches[3].grid must be a list; ...`.
final class JsonView {
  private final String file;
  private final String place;
  private final JsonNode node;

  private JsonView(String file, String place, JsonNode node) {
    this.file = file;
    this.place = place;
    this.node = node;
  }

  static JsonView parse(String file, String text) {
    try {
      return new JsonView(file, "", JsonText.parse(text));
    } catch (IllegalArgumentException e) {
      throw BundleException.damaged(file, String.valueOf(e.getMessage()));
    }
  }

  /// Refuses what is no object, lacks one of these fields or has others.
  JsonView requireFields(String... names) {
    if (!node.isObject()) {
      throw wrong("must be an object");
    }
    Set<String> known = Set.of(names);
    node.fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            throw wrong("has an unknown field '" + name + "'");
          }
        });
    for (String name : names) {
      if (!node.has(name)) {
        throw wrong("lacks the field '" + name + "'");
      }
    }
    return this;
  }

  boolean has(String name) {
    return node.isObject() && node.has(name);
  }

  /// The names of an object's fields.
  List<String> names() {
    if (!node.isObject()) {
      throw wrong("must be an object");
    }
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  JsonView field(String name) {
    if (!has(name)) {
      throw wrong("lacks the field '" + name + "'");
    }
    return new JsonView(file, place.isEmpty() ? name : place + "." + name, node.get(name));
  }

  String text(String name) {
    return field(name).text();
  }

  String text() {
    if (!node.isTextual()) {
      throw wrong("must be a text");
    }
    return node.textValue();
  }

  long number(String name) {
    return field(name).number();
  }

  long number() {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw wrong("must be an integer of 64 bits");
    }
    return node.longValue();
  }

  int integer(String name) {
    return field(name).integer();
  }

  int integer() {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw wrong("must be an integer of 32 bits");
    }
    return node.intValue();
  }

  boolean flag(String name) {
    JsonView view = field(name);
    if (!view.node.isBoolean()) {
      throw view.wrong("must be true or false");
    }
    return view.node.booleanValue();
  }

  List<JsonView> items() {
    if (!node.isArray()) {
      throw wrong("must be a list");
    }
    List<JsonView> items = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      items.add(new JsonView(file, place + "[" + i + "]", node.get(i)));
    }
    return items;
  }

  <T> List<T> list(String name, Function<JsonView, T> read) {
    return field(name).items().stream().map(read).toList();
  }

  /// Builds a value whose constructor refuses nonsense.
  <T> T build(Supplier<T> construct) {
    try {
      return construct.get();
    } catch (IllegalArgumentException e) {
      throw wrong("is wrong: " + e.getMessage());
    }
  }

  /// The value in the normal form of [JsonText].
  String json() {
    return JsonText.print(node);
  }

  BundleException wrong(String problem) {
    return BundleException.damaged(file, (place.isEmpty() ? "the file" : place) + " " + problem);
  }
}
