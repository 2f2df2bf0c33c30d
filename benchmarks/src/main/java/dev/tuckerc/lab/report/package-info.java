/// Turns results into the README's table of figures and into plots.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.report;
