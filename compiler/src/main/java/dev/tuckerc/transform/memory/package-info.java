/// Memory planning: which buffer every value of a compiled graph lives in.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.memory;
