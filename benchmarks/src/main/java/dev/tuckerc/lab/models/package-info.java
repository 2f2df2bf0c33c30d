/// The whole models that the laboratory verifies and measures: networks of the zoo.
@NullMarked
package dev.tuckerc.lab.models;

import org.jspecify.annotations.NullMarked;
