// The groups of <cooperative_groups.h> that lie within a block: the block itself, tiles of up to 32 threads, and
// the threads of a warp that are together. Grids, clusters and larger tiles are not declared.
#pragma once
namespace cooperative_groups {

struct thread_block {
  static __device__ void sync() { __syncthreads(); }
  static __device__ unsigned thread_rank() {
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  }
  static __device__ unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
  static __device__ unsigned num_threads() { return size(); }
  static __device__ dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
  static __device__ dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
  static __device__ dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
  static __device__ dim3 dim_threads() { return group_dim(); }
};

static __device__ inline thread_block this_thread_block() { return thread_block(); }

// Threads of one warp, named by a mask; ranks count the set bits below a lane's own.
struct coalesced_group {
  unsigned mask;

  __device__ explicit coalesced_group(unsigned lanes) : mask(lanes) {}
  static __device__ unsigned lane() {
    return thread_block::thread_rank() % 32;
  }
  __device__ void sync() const { __syncwarp(mask); }
  __device__ unsigned size() const { return __popc(mask); }
  __device__ unsigned num_threads() const { return size(); }
  __device__ unsigned thread_rank() const { return __popc(mask & ((1u << lane()) - 1)); }
  template <typename T>
  __device__ T shfl(T value, int rank) const {
    return __shfl_sync(mask, value, __fns(mask, 0, rank + 1));
  }
  __device__ int any(int predicate) const { return __any_sync(mask, predicate); }
  __device__ int all(int predicate) const { return __all_sync(mask, predicate); }
  // The votes of the group, one bit for each rank.
  __device__ unsigned ballot(int predicate) const {
    unsigned votes = __ballot_sync(mask, predicate), packed = 0, rank = 0;
    for (unsigned rest = mask; rest != 0; rest &= rest - 1, rank++) {
      packed |= ((votes >> (__ffs(rest) - 1)) & 1) << rank;
    }
    return packed;
  }
};

static __device__ inline coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

// `Size` neighbouring threads of a warp.
template <unsigned Size, typename Parent = void>
struct thread_block_tile {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0,
                "a tile has 1, 2, 4, 8, 16 or 32 threads");

  static __device__ unsigned mask() {
    unsigned lane = thread_block::thread_rank() % 32;
    return (Size == 32 ? 0xffffffffu : (1u << Size % 32) - 1) << (lane & ~(Size - 1));
  }
  static __device__ void sync() { __syncwarp(mask()); }
  static __device__ unsigned thread_rank() { return thread_block::thread_rank() % Size; }
  static constexpr __device__ unsigned size() { return Size; }
  static constexpr __device__ unsigned num_threads() { return Size; }
  static __device__ unsigned meta_group_rank() { return thread_block::thread_rank() / Size; }
  static __device__ unsigned meta_group_size() { return (thread_block::size() + Size - 1) / Size; }
  template <typename T>
  __device__ T shfl(T value, int rank) const { return __shfl_sync(mask(), value, rank, Size); }
  template <typename T>
  __device__ T shfl_up(T value, int by) const { return __shfl_up_sync(mask(), value, by, Size); }
  template <typename T>
  __device__ T shfl_down(T value, int by) const { return __shfl_down_sync(mask(), value, by, Size); }
  template <typename T>
  __device__ T shfl_xor(T value, int by) const { return __shfl_xor_sync(mask(), value, by, Size); }
  __device__ int any(int predicate) const { return __any_sync(mask(), predicate); }
  __device__ int all(int predicate) const { return __all_sync(mask(), predicate); }
  __device__ unsigned ballot(int predicate) const {
    unsigned first = thread_block::thread_rank() % 32 & ~(Size - 1);
    return __ballot_sync(mask(), predicate) >> first;
  }
};

template <unsigned Size, typename Parent>
static __device__ inline thread_block_tile<Size, Parent> tiled_partition(const Parent&) {
  return thread_block_tile<Size, Parent>();
}

template <typename Group>
static __device__ inline void sync(const Group& group) { group.sync(); }
template <typename Group>
static __device__ inline unsigned thread_rank(const Group& group) { return group.thread_rank(); }
template <typename Group>
static __device__ inline unsigned group_size(const Group& group) { return group.size(); }

}  // namespace cooperative_groups
