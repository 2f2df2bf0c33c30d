package dev.tuckerc.ir;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Attributes of an operation, by name, in printing order.
public record Attributes(Map<String, Attribute> values) {
  /// No attributes.
  public static final Attributes NONE = new Attributes(Map.of());

  public Attributes {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /// A copy with one more attribute.
  public Attributes with(String name, Attribute value) {
    SequencedMap<String, Attribute> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new Attributes(more);
  }

  public Attributes with(String name, long value) {
    return with(name, new Attribute.Int(value));
  }

  public Attributes with(String name, double value) {
    return with(name, new Attribute.Real(value));
  }

  public Attributes with(String name, String value) {
    return with(name, new Attribute.Text(value));
  }

  public Attributes with(String name, List<Long> value) {
    return with(name, new Attribute.Ints(value));
  }

  /// A copy with a flag, left out when false.
  public Attributes withFlag(String name, boolean value) {
    return value ? with(name, new Attribute.Flag(true)) : this;
  }

  /// A copy with the body of an epilogue, left out when it is the identity.
  public Attributes withEpilogue(Epilogue epilogue) {
    return epilogue.isIdentity() ? this : with("epilogue", new Attribute.Body(epilogue.body()));
  }

  public Optional<Attribute> find(String name) {
    return Optional.ofNullable(values.get(name));
  }

  public long integer(String name) {
    return find(name, Attribute.Int.class).value();
  }

  public long integer(String name, long otherwise) {
    return values.containsKey(name) ? integer(name) : otherwise;
  }

  /// A real number; an integer is taken as one.
  public double real(String name) {
    return values.get(name) instanceof Attribute.Int(long value)
        ? value
        : find(name, Attribute.Real.class).value();
  }

  public String text(String name) {
    return find(name, Attribute.Text.class).value();
  }

  public List<Long> integers(String name) {
    return find(name, Attribute.Ints.class).values();
  }

  /// Real numbers; a list of integers is taken as one.
  public List<Double> reals(String name) {
    return values.get(name) instanceof Attribute.Ints(List<Long> ints)
        ? ints.stream().map(Long::doubleValue).toList()
        : find(name, Attribute.Reals.class).values();
  }

  public boolean flag(String name) {
    return values.containsKey(name) && find(name, Attribute.Flag.class).value();
  }

  public Shape extents(String name) {
    return values.get(name) instanceof Attribute.Ints(List<Long> ints)
        ? Shape.of(ints)
        : find(name, Attribute.Extents.class).value();
  }

  public ScalarExpression body(String name) {
    return find(name, Attribute.Body.class).value();
  }

  public Graph block(String name) {
    return find(name, Attribute.Block.class).value();
  }

  /// One of an enum's constants, by its name in lower case.
  public <E extends Enum<E>> E constant(String name, Class<E> type) {
    String text = text(name);
    for (E constant : type.getEnumConstants()) {
      if (text(constant).equals(text)) {
        return constant;
      }
    }
    throw new IrException("attribute '" + name + "': unknown value \"" + text + "\"");
  }

  /// Text form of an enum constant.
  public static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// The epilogue whose operands are those after the first `own` ones.
  Epilogue epilogue(List<Value> operands, int own) {
    List<Value> rest = operands.subList(own, operands.size());
    if (values.containsKey("epilogue")) {
      return new Epilogue(body("epilogue"), rest);
    }
    if (!rest.isEmpty()) {
      throw new IrException(rest.size() + " operands too many: there is no epilogue to use them");
    }
    return Epilogue.NONE;
  }

  private <A extends Attribute> A find(String name, Class<A> type) {
    Attribute value = values.get(name);
    if (value == null) {
      throw new IrException("attribute '" + name + "' is missing");
    }
    if (!type.isInstance(value)) {
      throw new IrException("attribute '" + name + "' is not of kind " + type.getSimpleName());
    }
    return type.cast(value);
  }
}
