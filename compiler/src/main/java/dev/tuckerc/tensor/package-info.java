/// Host tensors: element types and row-major storage, free of any numeric library.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.tensor;
