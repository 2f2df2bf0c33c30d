/// The GPU laboratory: what a few minutes on a GPU machine are spent on. Checks the kernels,
/// measures them and the machine, and writes each result as one JSON file.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab;
