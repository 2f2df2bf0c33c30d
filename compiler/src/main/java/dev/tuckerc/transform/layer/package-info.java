/// What a policy may decompose: layers, the forms they can take, their ranks and what they cost.
@NullMarked
package dev.tuckerc.transform.layer;

import org.jspecify.annotations.NullMarked;
