/// The laboratory's results as text, and what the performance model says without any.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.report;
