/// Packing of the laboratory's kit: everything it needs, in one archive.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.kit;
