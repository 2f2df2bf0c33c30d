/// The composition root: joins import, transforms, code generation, the kernel compiler, bundles
/// and execution.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.pipeline;
