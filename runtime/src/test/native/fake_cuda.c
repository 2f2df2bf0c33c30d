// A stand-in for libcuda.so.1, for tests on machines without a GPU: device memory is host memory,
// the kernel add(a, b, c) runs on the host, crash() makes an illegal access, and every call of note
// is printed to standard error. After crash() every call fails, as NVIDIA documents of a context
// that took such an error: a "sticky" one, found by whatever call comes next. It shows that the Java side passes the right values in the right order; it says
// nothing about a real GPU.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long Ptr;
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200, INVALID_PTX = 218, UNSUPPORTED_PTX_VERSION = 222, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

typedef struct { float *a, *b, *c; unsigned count; int crashes; } Launch;
static int sticky;
static Launch captured[64];
static int captureCount, capturing;

static int said(const char *what) { fprintf(stderr, "fake: %s\n", what); return sticky; }

int cuInit(unsigned flags) { const char *code = getenv("FAKE_CUDA_INIT"); return code ? atoi(code) : OK; }
int cuDriverGetVersion(int *v) { *v = 12040; return OK; }
// NVRTC asks for it where it finds a driver, and crashes where it is missing.
int cuGetExportTable(const void **table, const void *id) { return NOT_FOUND; }
int cuDeviceGetCount(int *n) { *n = 1; return OK; }
int cuDeviceGet(int *device, int ordinal) { *device = 7 + ordinal; return OK; }
int cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "Fake %d", device); return OK; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 1ull << 30; return OK; }
int cuDeviceGetAttribute(int *value, int which, int device) {
  const char *major = getenv("FAKE_CUDA_MAJOR");
  *value = which == 75 ? (major ? atoi(major) : 9) : which == 76 ? 0 : which == 16 ? 132 : which == 97 ? 232448
           : which == 82 ? 65536 : which == 81 ? 233472 : which == 39 ? 2048 : which == 106 ? 32
           : which == 38 ? 52428800 : -1;
  return OK;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = (void *)0x1000; return said("retain"); }
int cuDevicePrimaryCtxRelease_v2(int device) { return said("release"); }
int cuCtxSetCurrent(void *context) { return context == (void *)0x1000 ? sticky : 201; }
int cuStreamCreate(void **stream, unsigned flags) { *stream = (void *)0x2000; return flags == 1 ? OK : 1; }
int cuStreamDestroy_v2(void *stream) { return said("stream destroyed"); }
int cuStreamSynchronize(void *stream) { return sticky; }
int cuMemHostAlloc(void **p, size_t bytes, unsigned flags) { *p = malloc(bytes); return OK; }
int cuMemFreeHost(void *p) { free(p); return said("host memory freed"); }
int cuMemGetInfo_v2(size_t *unused, size_t *total) { *unused = 1000; *total = 1ull << 30; return OK; }
int cuMemAlloc_v2(Ptr *p, size_t bytes) {
  if (sticky) return sticky;
  if (bytes > (1ull << 30)) return OUT_OF_MEMORY;
  void *memory = 0;
  if (posix_memalign(&memory, 256, bytes)) return OUT_OF_MEMORY;
  *p = (Ptr)memory;
  return OK;
}
int cuMemFree_v2(Ptr p) { free((void *)p); return said("freed"); }
int cuMemcpyHtoDAsync_v2(Ptr to, const void *from, size_t bytes, void *stream) {
  if (sticky) return sticky;
  memcpy((void *)to, from, bytes);
  return stream == (void *)0x2000 ? OK : 1;
}
int cuMemcpyDtoHAsync_v2(void *to, Ptr from, size_t bytes, void *stream) {
  if (sticky) return sticky;
  memcpy(to, (void *)from, bytes);
  return stream == (void *)0x2000 ? OK : 1;
}
int cuEventCreate(void **event, unsigned flags) { *event = malloc(1); return sticky; }
int cuEventDestroy_v2(void *event) { free(event); return said("event destroyed"); }
int cuEventRecord(void *event, void *stream) { return sticky; }
int cuEventSynchronize(void *event) { return sticky; }
int cuEventElapsedTime(float *ms, void *start, void *end) { *ms = 1.5f; return OK; }
int cuEventElapsedTime_v2(float *ms, void *start, void *end) { *ms = 1.5f; return OK; }

// The size of the log's buffer is read from the option's value, and the log's length written there.
static void log_error(unsigned n, int *options, void **values, const char *text) {
  size_t room = 0;
  for (unsigned i = 0; i < n; i++)
    if (options[i] == 6) { room = (size_t)values[i]; values[i] = (void *)strlen(text); }
  for (unsigned i = 0; i < n; i++)
    if (options[i] == 5 && room > 0) snprintf(values[i], room, "%s", text);
}
int cuModuleLoadDataEx(void **module, const void *image, unsigned n, int *options, void **values) {
  if (sticky) return sticky;
  if (strstr(image, ".version 8.8")) { log_error(n, options, values, "version?"); return UNSUPPORTED_PTX_VERSION; }
  if (strstr(image, "broken")) {
    log_error(n, options, values, "ptxas application ptx input, line 3; fatal : broken\nptxas fatal : aborted");
    return INVALID_PTX;
  }
  *module = (void *)0x3000;
  return said("module loaded");
}
int cuModuleLoadData(void **module, const void *image) {
  if (memcmp(image, "\177ELF", 4)) return INVALID_IMAGE;
  *module = (void *)0x3000;
  return said("machine code loaded");
}
int cuModuleUnload(void *module) { return said("module unloaded"); }
int cuModuleGetFunction(void **function, void *module, const char *name) {
  if (sticky) return sticky;
  if (!strcmp(name, "tensor")) { *function = (void *)0x4001; return OK; }
  if (!strcmp(name, "crash")) { *function = (void *)0x4002; return OK; }
  *function = (void *)0x4000;
  return strcmp(name, "add") ? NOT_FOUND : OK;
}
int cuFuncGetAttribute(int *value, int which, void *function) {
  *value = which == 0 ? 1024 : which == 1 ? 2048 : which == 8 ? 49152 - 2048
           : which == 11 ? 4 : which == 12 ? 4 : which == 13 ? 1 : -1;
  return OK;
}
int cuFuncSetAttribute(void *function, int which, int value) {
  fprintf(stderr, "fake: attribute %d = %d\n", which, value);
  return OK;
}

// add(pointer, pointer, pointer), tensor(map, int), crash(); drivers before CUDA 12.4 cannot tell.
#ifndef BEFORE_12_4
int cuFuncGetParamInfo(void *function, size_t index, size_t *offset, size_t *size) {
  if (index >= (function == (void *)0x4000 ? 3 : function == (void *)0x4001 ? 2 : 0)) return INVALID_VALUE;
  *size = function == (void *)0x4000 ? 8 : index == 0 ? 128 : 4;
  *offset = index * (function == (void *)0x4000 ? 8 : 128);
  return OK;
}
#endif

static void run(Launch l) {
  if (l.crashes) { sticky = ILLEGAL_ADDRESS; return; }
  for (unsigned i = 0; i < l.count; i++) l.c[i] = l.a[i] + l.b[i];
}

int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
  if (function == (void *)0x4001) {
    fprintf(stderr, "fake: launched with map %s and %d\n", (char *)parameters[0], *(int *)parameters[1]);
    return OK;
  }
  if (sticky) return sticky;
  Launch l = {0, 0, 0, gx * gy * gz * bx * by * bz, function == (void *)0x4002};
  if (!l.crashes) {
    l.a = *(float **)parameters[0];
    l.b = *(float **)parameters[1];
    l.c = *(float **)parameters[2];
  }
  if ((function != (void *)0x4000 && !l.crashes) || stream != (void *)0x2000) return 1;
  int before = sticky;
  if (capturing) captured[captureCount++] = l; else run(l);
  return before;
}
// As cuda.h lays them out.
typedef struct { int id; char pad[4]; union { char bytes[64]; int allowed; } value; } Attribute;
typedef struct {
  unsigned gx, gy, gz, bx, by, bz, shared;
  void *stream;
  Attribute *attributes;
  unsigned count;
} Configuration;
int cuLaunchKernelEx(const Configuration *c, void *function, void **parameters, void **extra) {
  for (unsigned i = 0; i < c->count; i++)
    fprintf(stderr, "fake: launch attribute %d = %d%s\n", c->attributes[i].id,
            c->attributes[i].value.allowed, capturing ? " captured" : "");
  return cuLaunchKernel(function, c->gx, c->gy, c->gz, c->bx, c->by, c->bz, c->shared, c->stream,
                        parameters, extra);
}
int cuStreamBeginCapture_v2(void *stream, int mode) { capturing = 1; captureCount = 0; return OK; }
int cuStreamBeginCapture(void *stream, int mode) { return cuStreamBeginCapture_v2(stream, mode); }
int cuStreamEndCapture(void *stream, void **graph) { capturing = 0; *graph = (void *)0x5000; return OK; }
int cuGraphInstantiate(void **exec, void *graph, unsigned long long flags) { *exec = (void *)0x6000; return OK; }
int cuGraphInstantiate_v2(void **exec, void *graph, void *node, char *log, size_t n) { *exec = (void *)0x6000; return OK; }
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long flags) { *exec = (void *)0x6000; return OK; }
int cuGraphUpload(void *exec, void *stream) { return OK; }
int cuGraphDestroy(void *graph) { return said("graph destroyed"); }
int cuGraphExecDestroy(void *exec) { return said("executable graph destroyed"); }
int cuGraphLaunch(void *exec, void *stream) {
  if (sticky) return sticky;
  for (int i = 0; i < captureCount; i++) run(captured[i]);
  return exec == (void *)0x6000 ? OK : 1;
}

// Writes what it was asked for into the map, as text.
int cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *address,
                           const unsigned long long *extents, const unsigned long long *strides,
                           const unsigned *box, const unsigned *steps, int interleave, int swizzle,
                           int promotion, int fill) {
  if ((size_t)map % 64 || interleave || promotion || rank > 5) return 1;
  int n = snprintf(map, 128, "t%d@%llu", type, (Ptr)address % 256);
  for (unsigned i = 0; i < rank; i++)
    n += snprintf((char *)map + n, 128 - n, " %llu/%llu/%u/%u", extents[i], i ? strides[i - 1] : 0, box[i], steps[i]);
  snprintf((char *)map + n, 128 - n, " s%d f%d", swizzle, fill);
  return OK;
}

int cuTensorMapEncodeIm2col(void *map, int type, unsigned rank, void *address,
                            const unsigned long long *extents, const unsigned long long *strides,
                            const int *lower, const int *upper, unsigned channels, unsigned pixels,
                            const unsigned *steps, int interleave, int swizzle, int promotion, int fill) {
  if ((size_t)map % 64 || interleave || promotion || rank < 3 || rank > 5) return 1;
  int n = snprintf(map, 128, "t%d@%llu", type, (Ptr)address % 256);
  for (unsigned i = 0; i < rank; i++)
    n += snprintf((char *)map + n, 128 - n, " %llu/%llu/%u", extents[i], i ? strides[i - 1] : 0, steps[i]);
  for (unsigned i = 0; i < rank - 2; i++) n += snprintf((char *)map + n, 128 - n, " %d:%d", lower[i], upper[i]);
  snprintf((char *)map + n, 128 - n, " %uc %up s%d f%d", channels, pixels, swizzle, fill);
  return OK;
}
