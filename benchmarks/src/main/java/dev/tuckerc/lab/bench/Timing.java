package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.lab.results.Samples;

/// What was measured in one way of launching.
///
/// @param chain runs in one sequence; every time is that of a sequence divided by it
/// @param copies of the memory that the runs take turns with
/// @param bytes of all copies
/// @param device microseconds on the device, sequences behind one another
/// @param host microseconds of host time from submitting a sequence to its end, the device idle
///   before
record Timing(int chain, int copies, long bytes, Samples device, Samples host) {
  void addTo(ObjectNode node) {
    node.put("chain", chain);
    node.put("copies", copies);
    node.put("bytes", bytes);
    device.addTo(node.putObject("deviceMicroseconds"));
    host.addTo(node.putObject("hostMicroseconds"));
  }
}
