//! fragment region.sums : "what becomes of a product's sums: parts meet, the epilogue, the tile that the next stage reads"
//! shape CHUNK, CHANNELS, HOLDS, SHARED_BY_CLUSTER, TARGET, TARGET_PITCH, EXCHANGE
//! shape ROWS, ROW_BLOCKS, CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PLACES
//! let KEPT_CHANNELS = ceildiv(CHANNELS, CHUNK) * CHUNK
//! let UNITS = ROWS / 16 / ROW_BLOCKS * PLACES
{
  //! constants
  //! end
  //! if SPLIT > 1
  // The parts of a sum meet in shared memory; each part completes every SPLIT-th fragment.
  float4* const exchange =
      reinterpret_cast<float4*>(shared + EXCHANGE) + (row_part * PLACES + place) * 32 + lane;
#pragma unroll
  for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
    for (int j = 0; j < CHANNEL_EIGHTHS; j++) {
      const int fragment = i * CHANNEL_EIGHTHS + j;
      if (fragment % SPLIT != part) {
        exchange[(fragment * SPLIT + part) * UNITS * 32] =
            make_float4(sum[i][j][0], sum[i][j][1], sum[i][j][2], sum[i][j][3]);
      }
    }
  }
  __syncthreads();
  //! end
  const int first_channel = ((slice * PASSES + pass) * PLACES + place) * CHANNEL_BLOCKS * 16;
#pragma unroll
  for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
    for (int j = 0; j < CHANNEL_EIGHTHS; j++) {
      //! if SPLIT > 1
      const int fragment = i * CHANNEL_EIGHTHS + j;
      if (fragment % SPLIT != part) continue;
#pragma unroll
      for (int other = 1; other < SPLIT; other++) {
        const float4 more = exchange[(fragment * SPLIT + (part + other) % SPLIT) * UNITS * 32];
        sum[i][j][0] += more.x;
        sum[i][j][1] += more.y;
        sum[i][j][2] += more.z;
        sum[i][j][3] += more.w;
      }
      //! end
      const unsigned channel = first_channel + j * 8 + lane % 4 * 2;
      if (channel >= KEPT_CHANNELS) continue;
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const unsigned row = (row_part * ROW_BLOCKS + i) * 16 + half * 8 + lane / 4;
        float value[2] = {};
        if (channel < CHANNELS) {
          value[0] = sum[i][j][half * 2];
          value[1] = sum[i][j][half * 2 + 1];
          //! hole compute
          //! end
        }
        // Two neighbouring channels, which the next stage reads.
        const ElementPair pair = round_pair(value[0], value[1]);
        //! if HOLDS
        // They lie among the lanes as that stage's steps take them.
        held_result[i][j / 2][j % 2 * 2 + half] = pair;
        //! else
        const int at = TARGET + row * TARGET_PITCH + channel * ELEMENT_BYTES;
        //! if SHARED_BY_CLUSTER
#pragma unroll
        for (int block = 0; block < CLUSTER; block++) {
          store_in_block(shared_address(shared + at), block, pair);
        }
        //! else
        *reinterpret_cast<ElementPair*>(shared + at) = pair;
        //! end
        //! end
      }
    }
  }
}
