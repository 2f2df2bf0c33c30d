/// Choice of element types: single precision models compiled to half precision.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.precision;
