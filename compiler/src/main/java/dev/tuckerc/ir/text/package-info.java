/// The IR's text form: printing and parsing.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.ir.text;
