package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/// Device time between events on a stream.
final class CudaTiming {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final CUstream stream;
  private final CUevent started;
  private final CUevent finished;
  private boolean used;

  private CudaTiming(CUstream stream, CUevent started, CUevent finished) {
    this.stream = stream;
    this.started = started;
    this.finished = finished;
  }

  /// Two events for one sequence.
  static CudaTiming create(CUstream stream) {
    CUevent started = event();
    try {
      return new CudaTiming(stream, started, event());
    } catch (DeviceException e) {
      JCudaDriver.cuEventDestroy(started);
      throw e;
    }
  }

  private static CUevent event() {
    CUevent event = new CUevent();
    CudaCalls.check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "creating an event");
    return event;
  }

  /// Submits work with an event before and after it.
  void around(Runnable submit) {
    record(started, stream);
    submit.run();
    record(finished, stream);
    used = true;
  }

  /// Waits for the last [#around] and gives its device time.
  long nanos() {
    if (!used) {
      throw new DeviceException("the sequence was not replayed yet, so it has no time");
    }
    CudaCalls.check(JCudaDriver.cuEventSynchronize(finished), "running the sequence");
    return between(started, finished);
  }

  void destroy() {
    JCudaDriver.cuEventDestroy(started);
    JCudaDriver.cuEventDestroy(finished);
  }

  /// Replays sequences behind one another; the device time of each, in nanoseconds. The context is
  /// current.
  static long[] backToBack(CUstream stream, List<CudaReplay> sequences) {
    long[] nanos = new long[sequences.size()];
    if (sequences.isEmpty()) {
      return nanos;
    }
    List<CUevent> events = new ArrayList<>();
    try {
      for (int i = 0; i <= sequences.size(); i++) {
        events.add(event());
      }
      // Runs while the host submits what is timed.
      sequences.getFirst().submit();
      record(events.getFirst(), stream);
      for (int i = 0; i < nanos.length; i++) {
        sequences.get(i).submit();
        record(events.get(i + 1), stream);
      }
      CudaCalls.check(JCudaDriver.cuEventSynchronize(events.getLast()), "running launch sequences");
      for (int i = 0; i < nanos.length; i++) {
        nanos[i] = between(events.get(i), events.get(i + 1));
      }
      return nanos;
    } finally {
      events.forEach(JCudaDriver::cuEventDestroy);
    }
  }

  private static void record(CUevent event, CUstream stream) {
    CudaCalls.check(JCudaDriver.cuEventRecord(event, stream), "recording an event");
  }

  private static long between(CUevent from, CUevent to) {
    float[] milliseconds = {0};
    CudaCalls.check(JCudaDriver.cuEventElapsedTime(milliseconds, from, to), "reading the time");
    return Math.round(milliseconds[0] * NANOS_PER_MILLISECOND);
  }
}
