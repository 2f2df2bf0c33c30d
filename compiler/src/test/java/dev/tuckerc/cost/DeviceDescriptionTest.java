package dev.tuckerc.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeviceDescriptionTest {
  /// What was predicted for one device must not be taken for another.
  @Test
  void textTellsEveryFigureApart() throws ReflectiveOperationException {
    DeviceDescription device = DeviceDescription.shipped("h200");
    RecordComponent[] components = DeviceDescription.class.getRecordComponents();
    List<Class<?>> types = new ArrayList<>();
    List<Object> figures = new ArrayList<>();
    for (RecordComponent component : components) {
      types.add(component.getType());
      figures.add(component.getAccessor().invoke(device));
    }
    var constructor = DeviceDescription.class.getDeclaredConstructor(types.toArray(Class[]::new));
    Set<String> texts = new HashSet<>(Set.of(device.toString()));
    for (int i = 0; i < components.length; i++) {
      List<Object> changed = new ArrayList<>(figures);
      changed.set(i, other(figures.get(i)));
      texts.add(constructor.newInstance(changed.toArray()).toString());
    }
    assertThat(texts).hasSize(components.length + 1);
  }

  private static Object other(Object figure) {
    return switch (figure) {
      case Integer number -> number + 1;
      case Long number -> number + 1;
      case Double number -> Math.nextUp(number);
      case String name -> name + "x";
      case Map<?, ?> _ -> Map.of(Figure.CLUSTER_BARRIER_2, 1.5);
      default -> throw new AssertionError(figure);
    };
  }
}
