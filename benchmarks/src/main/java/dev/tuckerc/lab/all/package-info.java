/// The laboratory's commands one after the other, within one budget.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.all;
