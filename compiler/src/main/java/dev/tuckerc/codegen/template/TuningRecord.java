package dev.tuckerc.codegen.template;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Reads the constants of a candidate into a record, so that code which asks for one that the
/// template does not have fails at once and by name.
public final class TuningRecord {
  /// What is looked up of a record's class once.
  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return Shape.of(type);
        }
      };

  private TuningRecord() {}

  /// @param constants name of the constant of each component
  private record Shape(Constructor<?> constructor, Class<?>[] types, List<String> constants) {
    static Shape of(Class<?> type) {
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      try {
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        List<String> names =
            Arrays.stream(components).map(component -> constantName(component.getName())).toList();
        return new Shape(constructor, types, names);
      } catch (NoSuchMethodException e) {
        throw new IllegalArgumentException(type + " is no record of int and long", e);
      }
    }
  }

  /// A record whose components, of type `int` or `long`, are constants: `tileRows` is `TILE_ROWS`.
  ///
  /// @param constants as [KernelTemplate#candidates] gives them
  /// @throws TemplateException when a component names no constant or its value is no `int`
  public static <R extends Record> R of(Class<R> type, Map<String, Long> constants) {
    Shape shape = SHAPES.get(type);
    Object[] values = new Object[shape.constants().size()];
    for (int i = 0; i < values.length; i++) {
      String name = shape.constants().get(i);
      Long value = constants.get(name);
      if (value == null) {
        throw new TemplateException(
            type.getSimpleName()
                + " asks for the constant "
                + name
                + ", there are only "
                + constants.keySet());
      }
      values[i] = shape.types()[i] == int.class ? (Object) narrow(name, value) : value;
    }
    try {
      return type.cast(shape.constructor().newInstance(values));
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
