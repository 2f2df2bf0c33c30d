/// `lab bench`: how long kernels and models take, beside what the performance model predicts and
/// what physics allows.
@NullMarked
package dev.tuckerc.lab.bench;

import org.jspecify.annotations.NullMarked;
