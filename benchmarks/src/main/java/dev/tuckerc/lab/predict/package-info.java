/// What the performance model says of whole models, as a result of its own kind.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.predict;
