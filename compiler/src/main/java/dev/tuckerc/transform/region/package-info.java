/// Which nodes one kernel computes.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.region;
