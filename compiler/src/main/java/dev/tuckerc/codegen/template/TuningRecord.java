package dev.tuckerc.codegen.template;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Reads the constants of a candidate into a record, so that code which asks for one that the
/// template does not have fails at once and by name.
public final class TuningRecord {
  /// A component of a record and the constant that it takes.
  private record Component(String constant, Class<?> type) {}

  /// Looked up once a record type, not once a candidate.
  private static final ClassValue<List<Component>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
          return Stream.of(type.getRecordComponents())
              .map(component ->
                  new Component(constantName(component.getName()), component.getType()))
              .toList();
        }
      };

  private TuningRecord() {}

  /// A record whose components, of type `int` or `long`, are constants: `tileRows` is `TILE_ROWS`.
  ///
  /// @param constants as [KernelTemplate#candidates] gives them
  /// @throws TemplateException when a component names no constant or its value is no `int`
  public static <R extends Record> R of(Class<R> type, Map<String, Long> constants) {
    List<Component> components = COMPONENTS.get(type);
    Class<?>[] types = new Class<?>[components.size()];
    Object[] values = new Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      Component component = components.get(i);
      Long value = constants.get(component.constant());
      if (value == null) {
        throw new TemplateException(
            type.getSimpleName()
                + " asks for the constant "
                + component.constant()
                + ", there are only "
                + constants.keySet());
      }
      types[i] = component.type();
      values[i] = types[i] == int.class ? (Object) narrow(component.constant(), value) : value;
    }
    try {
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw new TemplateException(type.getSimpleName() + " refuses its constants: " + e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " is no record of int and long", e);
    }
  }

  private static int narrow(String name, long value) {
    if (value != (int) value) {
      throw new TemplateException("the constant " + name + " = " + value + " is no int");
    }
    return (int) value;
  }

  private static String constantName(String component) {
    StringBuilder name = new StringBuilder();
    for (char c : component.toCharArray()) {
      if (Character.isUpperCase(c)) {
        name.append('_');
      }
      name.append(Character.toUpperCase(c));
    }
    return name.toString();
  }
}
