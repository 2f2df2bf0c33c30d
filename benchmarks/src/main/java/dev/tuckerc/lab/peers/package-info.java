/// Measures the same models and layers in PyTorch and cuDNN, by a Python script.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.lab.peers;
