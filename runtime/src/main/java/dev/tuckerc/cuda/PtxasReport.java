package dev.tuckerc.cuda;

import dev.tuckerc.device.CompiledKernel.Resources;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads the resource report that `--ptxas-options=-v` leaves in NVRTC's log:
///
/// ```
/// ptxas info    : Compiling entry function 'conv' for 'sm_90'
/// ptxas info    : Function properties for conv
/// ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
/// ptxas info    : Used 127 registers, used 1 barriers, 4608 bytes smem
/// ```
final class PtxasReport {
  private static final Pattern ENTRY = Pattern.compile("Compiling entry function '([^']+)' for");
  private static final Pattern PROPERTIES = Pattern.compile("Function properties for (\\S+)");
  private static final Pattern SPILLS =
      Pattern.compile(
          "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
  private static final Pattern CUMULATIVE_STACK =
      Pattern.compile("(\\d+) bytes cumulative stack size");

  private PtxasReport() {}

  /// Resources by entry-point name, sorted by name.
  static Map<String, Resources> parse(String log) {
    Map<String, Resources> found = new TreeMap<>();
    @Nullable String entry = null;
    String function = "";
    int stack = 0;
    int stores = 0;
    int loads = 0;
    for (String line : log.lines().toList()) {
      Matcher m = ENTRY.matcher(line);
      if (m.find()) {
        entry = m.group(1);
        stack = 0;
        stores = 0;
        loads = 0;
        continue;
      }
      m = PROPERTIES.matcher(line);
      if (m.find()) {
        function = m.group(1);
        continue;
      }
      m = SPILLS.matcher(line);
      // A function that was not inlined has such a line of its own, after the entry's name.
      if (m.find() && function.equals(entry)) {
        stack = Integer.parseInt(m.group(1));
        stores = Integer.parseInt(m.group(2));
        loads = Integer.parseInt(m.group(3));
        continue;
      }
      m = REGISTERS.matcher(line);
      if (m.find() && entry != null) {
        int registers = Integer.parseInt(m.group(1));
        int shared = number(SHARED, line, 0);
        found.put(
            entry,
            new Resources(registers, shared, stores, loads, number(CUMULATIVE_STACK, line, stack)));
        entry = null;
      }
    }
    return Collections.unmodifiableMap(found);
  }

  private static int number(Pattern pattern, String line, int otherwise) {
    Matcher m = pattern.matcher(line);
    return m.find() ? Integer.parseInt(m.group(1)) : otherwise;
  }
}
