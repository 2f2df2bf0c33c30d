package dev.tuckerc.bundle;

/// Where one tensor of `weights.safetensors` lies in device memory. The file itself may have no
/// gaps between tensors, device memory needs them for alignment.
///
/// @param tensor its name in the file
/// @param offset first byte in the weights' memory
public record WeightPlacement(String tensor, long offset) {
  public WeightPlacement {
    if (offset < 0) {
      throw new IllegalArgumentException("weight " + tensor + " at offset " + offset);
    }
  }
}
