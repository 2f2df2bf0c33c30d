package dev.tuckerc.bundle;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.ptx.MemoryAccesses;
import dev.tuckerc.ptx.PtxFunction;
import dev.tuckerc.ptx.PtxModule;
import dev.tuckerc.ptx.PtxParser;
import dev.tuckerc.ptx.PtxVariable;
import java.util.List;
import java.util.Set;

/// What a kernel asks of a launch, from its PTX. A GPU would not notice what does not fit: it would
/// take addresses from whatever lies behind the arguments.
///
/// @param alignments for each parameter, all of which are pointers, the bytes that the address must
///   be a multiple of
/// @param waits whether it waits for the launch before it (`griddepcontrol.wait`)
record KernelInterface(List<Integer> alignments, boolean waits) {
  private static final Set<String> POINTER_TYPES = Set.of("b64", "u64", "s64");
  private static final int POINTER_BYTES = 8;

  /// @throws BundleException when the text is not PTX, or has no such entry point that takes only
  ///   pointers
  /// @param file its name for messages
  static KernelInterface of(String file, KernelRecord kernel) {
    PtxModule module;
    try {
      module = PtxParser.parse(kernel.ptx(), kernel.name());
    } catch (DeviceException e) {
      throw BundleException.damaged(file, "is not PTX (" + e.getMessage() + ")");
    }
    List<PtxFunction> entries =
        module.functions().stream()
            .filter(f -> f.entry() && f.defined() && f.name().equals(kernel.entryPoint()))
            .toList();
    if (entries.size() != 1
        || !entries.getFirst().parameters().stream().allMatch(KernelInterface::isPointer)) {
      throw BundleException.damaged(
          file, "has no entry point " + kernel.entryPoint() + " that takes only pointers");
    }
    PtxFunction entry = entries.getFirst();
    boolean waits =
        entry.instructions().stream().anyMatch(i -> i.opcode().equals("griddepcontrol.wait"));
    return new KernelInterface(MemoryAccesses.widest(module, entry), waits);
  }

  private static boolean isPointer(PtxVariable parameter) {
    return POINTER_TYPES.contains(parameter.type()) && parameter.bytes() == POINTER_BYTES;
  }
}
