/// The bundle: what the compiler hands to the run time, as a folder or an uncompressed zip.
///
/// A [Bundle] is a value; [BundleWriter] and [BundleReader] move it to and from disk. This package
/// knows nothing of the compiler: the graph's text is opaque here.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.bundle;
