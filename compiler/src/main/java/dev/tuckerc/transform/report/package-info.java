/// What a decomposition did to a model, for people and for programs.
@NullMarked
package dev.tuckerc.transform.report;

import org.jspecify.annotations.NullMarked;
