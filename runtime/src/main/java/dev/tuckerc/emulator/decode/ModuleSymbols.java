package dev.tuckerc.emulator.decode;

import dev.tuckerc.emulator.machine.DecodedFunction;
import dev.tuckerc.ptx.PtxModule;
import java.util.Map;
import java.util.function.Function;

/// What a kernel's code refers to by name outside its own body.
///
/// @param module the parsed file
/// @param globals addresses of global and constant variables
/// @param shared offsets of shared variables
/// @param callee decoded device function by name, decoded when first called
/// @param clusters whether any kernel of the module asks for clusters
record ModuleSymbols(
    PtxModule module,
    Map<String, Long> globals,
    Map<String, Integer> shared,
    Function<String, DecodedFunction> callee,
    boolean clusters) {}
