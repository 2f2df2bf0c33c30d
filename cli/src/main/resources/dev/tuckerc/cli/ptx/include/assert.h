// A condition that must hold; the emulated device ends the launch where it does not.
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#ifndef TUCKERC_ASSERT_DECLARED
#define TUCKERC_ASSERT_DECLARED
extern "C" __device__ void __assertfail(
    const char* condition, const char* file, unsigned int line, const char* function,
    size_t characterBytes);
#endif
#define assert(condition) \
  ((condition) ? (void)0 : __assertfail(#condition, __FILE__, __LINE__, __func__, 1))
#endif
