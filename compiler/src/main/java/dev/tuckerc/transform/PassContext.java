package dev.tuckerc.transform;

import dev.tuckerc.ir.Location;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// What the passes of one compilation share: options, handles to other parts of the compiler, and a
/// place for remarks and reports.
///
/// Handles are looked up by their type (`context.require(RankPolicy.class)`), so that this package
/// needs to know none of them. Reports are published by one pass and read by whoever ran the
/// pipeline, or by a later pass, again by type.
public final class PassContext {
  private final Precision precision;
  private final Map<Class<?>, Object> handles;
  private final List<Remark> remarks = new ArrayList<>();
  private final Map<Class<?>, Object> reports = new LinkedHashMap<>();
  private final Consumer<Remark> listener;

  private PassContext(
      Precision precision, Map<Class<?>, Object> handles, Consumer<Remark> listener) {
    this.precision = precision;
    this.handles = handles;
    this.listener = listener;
  }

  /// A context without handles.
  public static PassContext of(Precision precision) {
    return new PassContext(precision, Map.of(), remark -> {});
  }

  /// A fresh context, without remarks and reports, that knows one more handle.
  ///
  /// @param type the type under which passes look for it, as in `RankPolicy.class`
  public <T> PassContext with(Class<T> type, T handle) {
    Map<Class<?>, Object> more = new LinkedHashMap<>(handles);
    more.put(type, handle);
    return new PassContext(precision, Collections.unmodifiableMap(more), listener);
  }

  /// A fresh context, without remarks and reports, whose remarks are also handed to a listener.
  public PassContext withListener(Consumer<Remark> newListener) {
    return new PassContext(precision, handles, newListener);
  }

  /// Precision to compile to.
  public Precision precision() {
    return precision;
  }

  /// The handle of this type.
  public <T> Optional<T> find(Class<T> type) {
    return Optional.ofNullable(handles.get(type)).map(type::cast);
  }

  /// The handle of this type.
  ///
  /// @throws IllegalStateException when there is none: the pipeline was put together wrongly
  public <T> T require(Class<T> type) {
    return find(type)
        .orElseThrow(
            () -> new IllegalStateException("the pass context has no " + type.getSimpleName()));
  }

  /// Adds a remark.
  public void remark(Remark remark) {
    remarks.add(remark);
    listener.accept(remark);
  }

  /// Adds a remark of a pass that has no rules.
  public void remark(Remark.Kind kind, String pass, Location location, String message) {
    remark(new Remark(kind, pass, "", location, message));
  }

  /// All remarks so far, in order.
  public List<Remark> remarks() {
    return Collections.unmodifiableList(remarks);
  }

  /// Publishes a report, in place of an earlier one of the same type.
  public <T> void publish(Class<T> type, T report) {
    reports.put(type, report);
  }

  /// The published report of this type.
  public <T> Optional<T> report(Class<T> type) {
    return Optional.ofNullable(reports.get(type)).map(type::cast);
  }
}
