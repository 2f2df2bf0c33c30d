/// Several processes that train one model: data parallelism over libtorch's c10d.
@NullMarked
package dev.tuckerc.training.distributed;

import org.jspecify.annotations.NullMarked;
