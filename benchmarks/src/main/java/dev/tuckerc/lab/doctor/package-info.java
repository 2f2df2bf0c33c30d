/// What a machine has that the laboratory can use.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.doctor;
