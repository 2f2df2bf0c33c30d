//! template region.simt : "a chain of convolutions as one kernel, strict f32 on scalar multiply-adds: what lies between the first and the last stays in shared memory"
//! shape IN_H, IN_W, OUT_H, OUT_W, CHANNELS_IN, VECTOR, STRIDE_N, STRIDE_H, STRIDE_W
//! shape TAPS_H, TAPS_W, STEP_H, STEP_W, DILATION_H, DILATION_W, PAD_H, PAD_W
//! shape CHUNK, SM, PROGRAMMATIC, AWAIT_HALO, TILES, DEPTHWISE, TAP_WEIGHTS, CONSTANTS
//! shape CONSTANT_CHUNKS, OFFSETS, OFFSET_COUNT, TAP_CHUNKS
//! shape TILES_H, TILES_W, HALO_H, HALO_W, CHUNKS, HALO_PITCH, WEIGHTS, HALO, DEPTH, STREAM_BLOCKS
//! param TILE_H in {4}, TILE_W in {8}, ROW_PARTS in {1}, STREAMS in {4}, CLUSTER in {1}, RESIDENT in {0}
//! let ELEMENT_BYTES = 16 / CHUNK
//! let WARPS = ROW_PARTS * STREAMS
//! let THREADS = WARPS * 32
#include "element_float.cuh"
#include "packed.cuh"
#include "shared_address.cuh"
//! if SM >= 80
#include "copy_async.cuh"
//! else
//| #include "copy_now.cuh"
//! end
//! if RESIDENT
//| #include "shared_resident_weights.cuh"
//! else
#include "shared_weight_stream.cuh"
//! end
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end
//! if CLUSTER > 1
//| #include "cluster.cuh"
//! end

// A block computes all stages for a tile of TILE_H x TILE_W output pixels of the first one. It reads
// the pixels under the tile's windows once; every later stage needs nothing but the tile before it.
// The STREAMS warps of a row part share out the channels and the terms of each product; each reads
// its own stream of weights, which lie in memory in the order of their use.
//! if RESIDENT
//| // The weights stay in shared memory, and a block computes one tile after the other.
//! end
//! if CLUSTER > 1
//| // The CLUSTER blocks of a tile share out the channels of every stage; each writes its own into the
//| // shared memory of all.
//! end
extern "C" __global__ void
//! if CLUSTER > 1
//| __cluster_dims__(8 /*! CLUSTER */, 1, 1)
//! end
__launch_bounds__(128 /*! THREADS */, 1) KERNEL(
    //! hole parameters
    const Element* input, const Element* __restrict__ weights, Element* y
    //! end
) {
  //! constants
  constexpr int IN_H = 56, IN_W = 56, OUT_H = 56, OUT_W = 56, CHANNELS_IN = 32, TAPS_H = 3;
  constexpr int STRIDE_N = 100352, STRIDE_H = 1792, STRIDE_W = 32, TAPS_W = 3, STEP_H = 1;
  constexpr int STEP_W = 1, DILATION_H = 1, DILATION_W = 1, PAD_H = 1, PAD_W = 1, TILE_H = 4;
  constexpr int TILE_W = 8, STREAMS = 4, WARPS = 4, THREADS = 128, DEPTH = 8, TILES_H = 14;
  constexpr int TILES_W = 7, HALO_H = 6, HALO_W = 10, CHUNKS = 4, HALO_PITCH = 80, WEIGHTS = 16;
  constexpr int HALO = 16400, STREAM_BLOCKS = 18;
  //! end
  //! if PROGRAMMATIC
  start_successor();
  //! end
  extern __shared__ __align__(128) unsigned char shared[];
  const int thread = threadIdx.x;
  const int lane = thread % 32;
  const int stream = thread / 32 % STREAMS;
  const int row_part = thread / 32 / STREAMS;
  //! if CLUSTER > 1
  //| const int slice = blockIdx.x % CLUSTER;
  //! else
  constexpr int slice = 0;
  //! end

  // The first weights are fetched before anything is waited for: no kernel writes them.
  //! if RESIDENT
  //| SharedResidentWeights<STREAM_BLOCKS, STREAMS> stream_of_weights;
  //| stream_of_weights.start(weights, shared + WEIGHTS, stream, thread, THREADS);
  //! else
  SharedWeightStream<DEPTH, STREAM_BLOCKS, WARPS * 512> stream_of_weights;
  stream_of_weights.start(
      weights + (slice * STREAMS + stream) * STREAM_BLOCKS * 128, shared + WEIGHTS + thread / 32 * 512,
      lane);
  //! end
  //! hole other_constants
  //! end
  // Stands in for terms beyond the last.
  if (thread == 0) *reinterpret_cast<uint4*>(shared) = make_uint4(0, 0, 0, 0);
  //! if CLUSTER > 1
  //| arrive_at_cluster();
  //! end
  //! if PROGRAMMATIC
  await_predecessor();
  //! end

  //! if RESIDENT
  //| #pragma unroll 1
  //| for (int tile = blockIdx.x; tile < TILES; tile += gridDim.x) {
  //| stream_of_weights.rewind();
  //! else
  const int tile = blockIdx.x / CLUSTER;
  //! end
  const int image = tile / (TILES_W * TILES_H);
  const int tile_y = tile / TILES_W % TILES_H * TILE_H;
  const int tile_x = tile % TILES_W * TILE_W;

  //! hole halo
  //! end
  //! hole residuals
  //! end
  await_copies<0 /*! AWAIT_HALO */>();
  __syncthreads();
  //! if CLUSTER > 1
  //| await_cluster();
  //! end

  //! hole stages
  // The products and pools of the region, one after the other.
  stream_of_weights.await<1>();
  y[thread] = *reinterpret_cast<const float*>(stream_of_weights.block(0) + lane * 4);
  stream_of_weights.release<1>();
  //! end
  //! if RESIDENT
  //| }
  //! end
}
