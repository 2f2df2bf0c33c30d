package dev.tuckerc.cli.console;

import dev.tuckerc.ir.PrintableText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// How far a task is: a bar on a terminal, a plain line now and then elsewhere. Thread-safe.
public interface Progress extends AutoCloseable {

  /// Notes that one more step is done.
  ///
  /// @param what the step, for display
  void step(String what);

  /// Shows a message without disturbing the bar.
  void message(String text);

  @Override
  void close();

  /// Shows nothing.
  static Progress silent() {
    return new Progress() {
      @Override
      public void step(String what) {}

      @Override
      public void message(String text) {}

      @Override
      public void close() {}
    };
  }

  /// A bar on a terminal.
  static Progress bar(String task, long steps) {
    // A bar moves the cursor, which nothing else may do.
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(steps)
            .setUpdateIntervalMillis(100)
            .setStyle(ProgressBarStyle.ASCII)
            .setConsumer(new ConsoleProgressBarConsumer(err))
            .build();
    return new Progress() {
      @Override
      public void step(String what) {
        bar.setExtraMessage(" " + PrintableText.brief(what));
        bar.step();
      }

      @Override
      public void message(String text) {
        bar.setExtraMessage(" " + PrintableText.brief(text));
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }

  /// A line at most every two seconds, so that a log stays short.
  static Progress lines(PrintStream err, String task, long steps) {
    return new Progress() {
      private static final long INTERVAL_NANOS = 2_000_000_000L;
      private final AtomicLong done = new AtomicLong();
      private final AtomicLong last = new AtomicLong(System.nanoTime());

      @Override
      public void step(String what) {
        long count = done.incrementAndGet();
        long now = System.nanoTime();
        long before = last.get();
        if (now - before >= INTERVAL_NANOS && last.compareAndSet(before, now)) {
          err.println("tuckerc: " + task + " " + count + "/" + steps + " " + what);
        }
      }

      @Override
      public void message(String text) {
        err.println("tuckerc: " + task + ": " + text);
      }

      @Override
      public void close() {}
    };
  }
}
