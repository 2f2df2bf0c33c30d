/// Choice of memory layouts.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.layout;
