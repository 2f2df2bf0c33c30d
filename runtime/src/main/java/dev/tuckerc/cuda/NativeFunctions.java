package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Functions of a native library that JCuda does not bind, or not for this library.
final class NativeFunctions {
  private static final String DRIVER = "libcuda.so.1";

  private final SymbolLookup symbols;

  /// @param symbols the library's
  NativeFunctions(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /// Those of the NVIDIA driver, which is there.
  static NativeFunctions ofDriver() {
    return new NativeFunctions(SymbolLookup.libraryLookup(DRIVER, Arena.global()));
  }

  /// A function, where the library has it.
  Optional<MethodHandle> find(String name, FunctionDescriptor type) {
    return symbols.find(name).map(address -> Linker.nativeLinker().downcallHandle(address, type));
  }

  /// A function that is needed.
  ///
  /// @param remedy what to do where the library lacks it
  /// @throws DeviceException when it does
  MethodHandle require(String name, FunctionDescriptor type, String remedy) {
    return find(name, type)
        .orElseThrow(() -> new DeviceException("there is no function " + name + "; " + remedy));
  }

  /// Calls a function.
  static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new DeviceException("a native call failed: " + e, e);
    }
  }
}
