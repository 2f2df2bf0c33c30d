/// What a user sees: results, progress, errors and exit codes.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cli.console;
