// The runtime's stand-in for libcuda.so.1 with faults: it takes every kernel and runs none. A kernel whose
// name holds $FAULTY_HANGS never ends; one whose name holds $FAULTY_STICKS makes an illegal access, after
// which every call fails, as NVIDIA documents of a context that took such an error.
#define cuModuleGetFunction standIn_cuModuleGetFunction
#define cuLaunchKernel standIn_cuLaunchKernel
#define cuLaunchKernelEx standIn_cuLaunchKernelEx
#define cuStreamSynchronize standIn_cuStreamSynchronize
#define cuCtxSetCurrent standIn_cuCtxSetCurrent
#define cuMemcpyDtoHAsync_v2 standIn_cuMemcpyDtoHAsync_v2
// It cannot tell the parameters of kernels that it does not know.
#define cuFuncGetParamInfo standIn_cuFuncGetParamInfo
#include STAND_IN
#undef cuModuleGetFunction
#undef cuLaunchKernel
#undef cuLaunchKernelEx
#undef cuStreamSynchronize
#undef cuCtxSetCurrent
#undef cuMemcpyDtoHAsync_v2
#include <unistd.h>

static int hangs, illegal;

static int holds(const char *name, const char *variable) {
  const char *part = getenv(variable);
  return part && strstr(name, part);
}

static int result(void) {
  while (hangs) pause();
  return illegal ? 700 : OK;
}

int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = strdup(name);
  return result();
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
  // Found by whatever call comes next, as on a GPU.
  int before = result();
  hangs |= holds(function, "FAULTY_HANGS") != 0;
  illegal |= holds(function, "FAULTY_STICKS") != 0;
  return before;
}
int cuLaunchKernelEx(const Configuration *c, void *function, void **parameters, void **extra) {
  return cuLaunchKernel(function, c->gx, c->gy, c->gz, c->bx, c->by, c->bz, c->shared, c->stream,
                        parameters, extra);
}
int cuStreamSynchronize(void *stream) { return result(); }
int cuCtxSetCurrent(void *context) { return illegal ? 700 : OK; }
int cuMemcpyDtoHAsync_v2(void *to, Ptr from, size_t bytes, void *stream) {
  int code = result();
  if (code == OK) memcpy(to, (void *)from, bytes);
  return code;
}
