/// Runs generated programs on devices, value by value or rotating over copies of their memory.
@NullMarked
package dev.tuckerc.lab.run;

import org.jspecify.annotations.NullMarked;
