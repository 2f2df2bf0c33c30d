/// `tuckerc train`: options, data and output of training runs.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.train;
