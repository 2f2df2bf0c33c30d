/// What lies on one context of the NVIDIA driver: memory, modules, launches, and how result codes
/// become exceptions. A call goes through JCuda; `java.lang.foreign` is for what JCuda lacks.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.cuda.driver;
