// What device code needs of this header is built into NVRTC (printf, malloc, memcpy, size_t).
#pragma once
