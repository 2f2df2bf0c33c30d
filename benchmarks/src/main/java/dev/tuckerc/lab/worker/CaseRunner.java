package dev.tuckerc.lab.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;

/// What a worker process does with a case.
public interface CaseRunner {
  /// The machine and the device that it opened.
  Environment environment();

  /// Runs a case.
  ///
  /// @param node receives what was found
  /// @throws dev.tuckerc.device.DeviceException when the device fails; the process is replaced then
  Outcome run(String name, ObjectNode node);
}
