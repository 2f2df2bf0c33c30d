/// Plots as SVG text. The same data give the same bytes.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.report.plot;
