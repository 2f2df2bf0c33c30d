package dev.tuckerc.tests.operators;

import java.util.function.Function;

/// An operator with a way to draw instances of it.
record Kind(String name, Function<Draw, OperatorInstance> instances) {}
