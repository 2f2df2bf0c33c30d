/// The search for the forms and ranks of all layers together.
@NullMarked
package dev.tuckerc.transform.search;

import org.jspecify.annotations.NullMarked;
