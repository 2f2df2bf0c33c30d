package dev.tuckerc.emulator.translate;

import dev.tuckerc.emulator.machine.Home;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;

/// What a fused operation computes, without the registers it computes on: the key of its class.
///
/// Kernels from one template, and the unrolled parts of one kernel, have few different shapes, so
/// that the classes are few and the JIT compiler is soon done with them.
///
/// @param lanes whether it is computed for each lane, else once
/// @param inputs how each register it reads is read
/// @param steps in order
/// @param outputs what is written at the end
record Shape(boolean lanes, List<Input> inputs, List<Step> steps, List<Output> outputs) {
  /// A register that is read.
  ///
  /// @param broadcast whether lane 0 stands for all
  record Input(Home home, boolean broadcast) {}

  /// One scalar function.
  record Step(List<Method> chain, List<Home> homes, Home result, List<Source> sources) {}

  /// A register that is written.
  ///
  /// @param step whose result it receives
  /// @param fill whether a value computed once is written to all lanes, else to lane 0
  record Output(int step, boolean fill) {}

  /// Where a function's argument comes from.
  sealed interface Source {}

  /// An input.
  record In(int index) implements Source {}

  /// The result of an earlier step.
  record Result(int step) implements Source {}

  /// A constant that the JIT compiler must know to find the vector instruction.
  record Immediate(int value) implements Source {}

  Shape {
    inputs = List.copyOf(inputs);
    steps = List.copyOf(steps);
    outputs = List.copyOf(outputs);
  }

  /// Homes of the registers an instance is bound to: inputs, then outputs.
  List<Home> homes() {
    List<Home> homes = new ArrayList<>();
    inputs.forEach(input -> homes.add(input.home()));
    outputs.forEach(output -> homes.add(steps.get(output.step()).result()));
    return homes;
  }
}
