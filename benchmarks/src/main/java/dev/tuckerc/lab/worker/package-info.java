/// Cases run in a process of their own that is ended when it hangs and replaced when its device
/// fails.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.worker;
