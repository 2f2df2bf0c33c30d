/// What a kernel costs on a device, predicted from a description of that device.
@NullMarked
package dev.tuckerc.cost;

import org.jspecify.annotations.NullMarked;
