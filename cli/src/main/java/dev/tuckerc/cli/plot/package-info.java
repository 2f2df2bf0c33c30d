/// Charts as SVG files.
@NullMarked
package dev.tuckerc.cli.plot;

import org.jspecify.annotations.NullMarked;
