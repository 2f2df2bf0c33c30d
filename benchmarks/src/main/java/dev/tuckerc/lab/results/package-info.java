/// Results of the laboratory: one JSON file each, with the machine that they were taken on.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.results;
