/// Bundles on disk, as a folder or an uncompressed zip: [BundleReader], [BundleWriter], and the
/// files they consist of.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.bundle.file;
