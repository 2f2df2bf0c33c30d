package dev.tuckerc.codegen.template;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Map;

/// Reads the constants of a candidate into a record, so that code which asks for one that the
/// template does not have fails at once and by name.
public final class TuningRecord {
  private TuningRecord() {}

  /// A record whose components, of type `int` or `long`, are constants: `tileRows` is `TILE_ROWS`.
  ///
  /// @param constants as [KernelTemplate#candidates] gives them
  /// @throws TemplateException when a component names no constant or its value is no `int`
  public static <R extends Record> R of(Class<R> type, Map<String, Long> constants) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = constantName(components[i].getName());
      Long value = constants.get(name);
      if (value == null) {
        throw new TemplateException(
            type.getSimpleName()
                + " asks for the constant "
                + name
                + ", there are only "
                + constants.keySet());
      }
      types[i] = components[i].getType();
      values[i] = types[i] == int.class ? (Object) narrow(name, value) : value;
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
