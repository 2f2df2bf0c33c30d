/// The bundle: what the compiler hands to the run time.
///
/// A [Bundle] is a value; `bundle.file` moves it to and from disk. This package knows nothing of
/// the compiler: the graph's text is opaque here.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.bundle;
