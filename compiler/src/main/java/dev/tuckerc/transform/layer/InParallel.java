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

/// Works on the parts of a network in parallel, the largest first so that none is left over at the
/// end.
public final class InParallel {
  private InParallel() {}

  /// Applies a function to every part, such as a layer.
  ///
  /// @return the results in the order of the parts; where several fail, the first one's exception
  ///   is thrown
  public static <T, R> List<R> map(List<T> parts, ToLongFunction<T> size, Function<T, R> work) {
    if (parts.isEmpty()) {
      return List.of();
    }
    int threads = Math.min(parts.size(), Runtime.getRuntime().availableProcessors());
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      Map<T, Future<R>> results = new IdentityHashMap<>();
      parts.stream()
          .sorted(Comparator.comparingLong(size).reversed())
          .forEach(part -> results.put(part, executor.submit(() -> work.apply(part))));
      List<R> ordered = new ArrayList<>();
      for (T part : parts) {
        ordered.add(Objects.requireNonNull(results.get(part)).get());
      }
      return ordered;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
