/// What every result of the laboratory is made of: lines of JSON, samples, outcomes, the machine.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.results;
