package dev.tuckerc.cuda;

import dev.tuckerc.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/// Two pieces of page-locked host memory through which copies go: while the GPU moves one, the host
/// fills or empties the other. A piece is reused only after its event says the GPU is done with it.
final class PinnedStaging implements AutoCloseable {
  private static final long PIECE_BYTES = 8L << 20;

  private final CudaContext context;
  private final CUstream stream;
  private final List<Piece> pieces = new ArrayList<>();

  private record Piece(Pointer pointer, MemorySegment memory, CUevent moved) {}

  PinnedStaging(CudaContext context) {
    this.context = context;
    this.stream = context.stream();
    try {
      for (int i = 0; i < 2; i++) {
        pieces.add(piece());
      }
    } catch (DeviceException e) {
      close();
      throw e;
    }
  }

  private Piece piece() {
    Pointer pointer = new Pointer();
    context.check(
        JCudaDriver.cuMemHostAlloc(pointer, PIECE_BYTES, 0), "allocating page-locked memory");
    CUevent moved = new CUevent();
    int code = JCudaDriver.cuEventCreate(moved, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    if (code != CUresult.CUDA_SUCCESS) {
      JCudaDriver.cuMemFreeHost(pointer);
    }
    context.check(code, "creating an event");
    return new Piece(pointer, MemorySegment.ofBuffer(pointer.getByteBuffer(0, PIECE_BYTES)), moved);
  }

  /// Submits copies to the GPU; the source may change as soon as this returns.
  void upload(CudaBuffer target, long targetOffset, MemorySegment source) {
    int turn = 0;
    for (long at = 0; at < source.byteSize(); at += PIECE_BYTES) {
      long length = Math.min(PIECE_BYTES, source.byteSize() - at);
      Piece piece = pieces.get(turn++ % 2);
      awaitMoved(piece);
      MemorySegment.copy(source, at, piece.memory, 0, length);
      context.check(
          JCudaDriver.cuMemcpyHtoDAsync(
              target.part(targetOffset + at, length), piece.pointer, length, stream),
          "copying to " + target.label());
      context.check(JCudaDriver.cuEventRecord(piece.moved, stream), "recording an event");
    }
  }

  /// Copies from the GPU after all work submitted so far.
  void download(CudaBuffer source, long sourceOffset, MemorySegment target) {
    long bytes = target.byteSize();
    long count = (bytes + PIECE_BYTES - 1) / PIECE_BYTES;
    if (count > 0) {
      submitDownload(source, sourceOffset, bytes, 0);
    }
    for (long i = 0; i < count; i++) {
      if (i + 1 < count) {
        submitDownload(source, sourceOffset, bytes, i + 1);
      }
      Piece piece = pieces.get((int) (i % 2));
      awaitMoved(piece);
      long at = i * PIECE_BYTES;
      MemorySegment.copy(piece.memory, 0, target, at, Math.min(PIECE_BYTES, bytes - at));
    }
  }

  private void submitDownload(CudaBuffer source, long sourceOffset, long bytes, long index) {
    Piece piece = pieces.get((int) (index % 2));
    long at = index * PIECE_BYTES;
    long length = Math.min(PIECE_BYTES, bytes - at);
    context.check(
        JCudaDriver.cuMemcpyDtoHAsync(
            piece.pointer, source.part(sourceOffset + at, length), length, stream),
        "copying from " + source.label());
    context.check(JCudaDriver.cuEventRecord(piece.moved, stream), "recording an event");
  }

  private void awaitMoved(Piece piece) {
    context.check(JCudaDriver.cuEventSynchronize(piece.moved), "waiting for the GPU");
  }

  @Override
  public void close() {
    for (Piece piece : pieces) {
      JCudaDriver.cuEventDestroy(piece.moved);
      JCudaDriver.cuMemFreeHost(piece.pointer);
    }
    pieces.clear();
  }
}
