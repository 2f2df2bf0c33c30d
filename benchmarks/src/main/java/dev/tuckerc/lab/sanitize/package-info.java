/// NVIDIA's compute-sanitizer over the kernels.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.sanitize;
