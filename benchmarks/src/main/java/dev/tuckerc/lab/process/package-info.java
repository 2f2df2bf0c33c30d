/// Commands of the laboratory as processes of their own, which a faulting GPU or a crash cannot
/// take the others down with.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.process;
