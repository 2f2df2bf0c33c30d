package dev.tuckerc.lab.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;

/// A worker process whose cases do what their names say, and tell by which process they were done.
public final class FaultyWorker implements CaseRunner {
  private FaultyWorker() {}

  /// @param args `dead` for a process that does not start
  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals("dead")) {
      System.err.println("there is no such device");
      Runtime.getRuntime().halt(3);
    }
    System.out.println("a native library prints what it likes");
    Worker.serve(new FaultyWorker());
  }

  @Override
  public Environment environment() {
    return Environment.of(
        new DeviceInfo(DeviceInfo.Kind.EMULATOR, "Faulty", 90, 1, 0, 0), "no compiler");
  }

  @Override
  public Outcome run(String name, ObjectNode node) {
    node.put("process", ProcessHandle.current().pid());
    if (name.startsWith("hang")) {
      try {
        Thread.sleep(600_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } else if (name.startsWith("sticky")) {
      throw new DeviceException("an illegal memory access was encountered");
    } else if (name.startsWith("crash")) {
      System.err.println("SIGSEGV");
      Runtime.getRuntime().halt(134);
    }
    return name.startsWith("differs") ? Outcome.DIFFERS : Outcome.DONE;
  }
}
