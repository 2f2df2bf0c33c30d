package dev.tuckerc.transform.layer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// Works on layers in parallel, the largest first so that none is left over at the end.
public final class LayersInParallel {
  private LayersInParallel() {}

  /// Applies a function to every layer.
  ///
  /// @return the results in the order of the layers; where several fail, the first layer's
  ///   exception is thrown
  public static <T, R> List<R> map(List<T> layers, ToLongFunction<T> size, Function<T, R> work) {
    if (layers.isEmpty()) {
      return List.of();
    }
    int threads = Math.min(layers.size(), Runtime.getRuntime().availableProcessors());
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      Map<T, Future<R>> results = new IdentityHashMap<>();
      layers.stream()
          .sorted(Comparator.comparingLong(size).reversed())
          .forEach(layer -> results.put(layer, executor.submit(() -> work.apply(layer))));
      List<R> ordered = new ArrayList<>();
      for (T layer : layers) {
        ordered.add(Objects.requireNonNull(results.get(layer)).get());
      }
      return ordered;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while decomposing", e);
    }
  }
}
