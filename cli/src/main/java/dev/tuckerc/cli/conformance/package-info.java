/// Runs ONNX backend test cases, each where it cannot harm the others: in a worker process that is
/// replaced when it dies or exceeds its time.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.conformance;
