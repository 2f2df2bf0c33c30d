// What device code needs of <cuda_runtime.h> is built into NVRTC; host functions are not declared.
#pragma once
