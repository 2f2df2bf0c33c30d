package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.DeviceException;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/// Device time between events on a stream.
public final class CudaTiming {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final CudaContext context;
  private final CUevent started;
  private final CUevent finished;
  private boolean used;
  private long mark;

  private CudaTiming(CudaContext context, CUevent started, CUevent finished) {
    this.context = context;
    this.started = started;
    this.finished = finished;
  }

  /// Two events for one sequence.
  static CudaTiming create(CudaContext context) {
    CUevent started = event(context);
    try {
      return new CudaTiming(context, started, event(context));
    } catch (DeviceException e) {
      JCudaDriver.cuEventDestroy(started);
      throw e;
    }
  }

  private static CUevent event(CudaContext context) {
    CUevent event = new CUevent();
    context.check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "creating an event");
    return event;
  }

  /// Submits work with an event before and after it.
  void around(Runnable submit) {
    record(context, started);
    submit.run();
    record(context, finished);
    mark = context.mark();
    used = true;
  }

  /// Waits for the last [#around] and gives its device time.
  long nanos() {
    if (!used) {
      throw new DeviceException("the sequence was not replayed yet, so it has no time");
    }
    context.check(JCudaDriver.cuEventSynchronize(finished), "running the sequence");
    context.ended(mark);
    return between(context, started, finished);
  }

  void destroy() {
    JCudaDriver.cuEventDestroy(started);
    JCudaDriver.cuEventDestroy(finished);
  }

  /// Replays sequences behind one another; the device time of each, in nanoseconds. The context is
  /// current.
  public static long[] backToBack(CudaContext context, List<CudaReplay> sequences) {
    long[] nanos = new long[sequences.size()];
    if (sequences.isEmpty()) {
      return nanos;
    }
    List<CUevent> events = new ArrayList<>();
    try {
      for (int i = 0; i <= sequences.size(); i++) {
        events.add(event(context));
      }
      // Runs while the host submits what is timed.
      sequences.getFirst().submit();
      record(context, events.getFirst());
      for (int i = 0; i < nanos.length; i++) {
        sequences.get(i).submit();
        record(context, events.get(i + 1));
      }
      context.check(JCudaDriver.cuEventSynchronize(events.getLast()), "running launch sequences");
      context.ended(context.mark());
      for (int i = 0; i < nanos.length; i++) {
        nanos[i] = between(context, events.get(i), events.get(i + 1));
      }
      return nanos;
    } finally {
      events.forEach(JCudaDriver::cuEventDestroy);
    }
  }

  private static void record(CudaContext context, CUevent event) {
    context.check(JCudaDriver.cuEventRecord(event, context.stream()), "recording an event");
  }

  private static long between(CudaContext context, CUevent from, CUevent to) {
    float[] milliseconds = {0};
    context.check(JCudaDriver.cuEventElapsedTime(milliseconds, from, to), "reading the time");
    return Math.round(milliseconds[0] * NANOS_PER_MILLISECOND);
  }
}
