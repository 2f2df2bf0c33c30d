/// Transforms of the tensor IR: the passes a model goes through between import and code generation.
///
/// A [dev.tuckerc.transform.Pass] maps a graph to a graph; [dev.tuckerc.transform.Pipeline] is the
/// list of them.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform;
