"""Measures calls: device time by events, host time by the clock; the same way as `lab bench`."""

import math
import time
from typing import Callable, Dict, List, Optional, Sequence

import torch

# Calls enqueued behind one another before the device is waited for.
BATCH = 16
# Keeps the device busy while a batch is enqueued, so that no event waits for the host: clock cycles.
HEAD_START_CYCLES = 2_000_000
# Buffers are rotated until together they exceed the second-level cache this many times.
CACHE_MULTIPLE = 2
MOST_COPIES = 4096
# Layers in one CUDA graph, one behind the other; as in the class Effort of `lab bench`.
CHAIN = 32
# Attribute of cuDeviceGetAttribute.
CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE = 38


def on_gpu(device: torch.device) -> bool:
    """Whether there are events, streams and graphs."""
    return device.type == "cuda"


def percentile(samples: Sequence[float], percent: int) -> float:
    """The smallest sample that at least this share of all do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(percent / 100.0 * len(ordered)) - 1)]


def summary(samples: Sequence[float]) -> Dict[str, object]:
    """Percentiles beside the raw samples, all in microseconds."""
    return {
        "min": min(samples),
        "p50": percentile(samples, 50),
        "p90": percentile(samples, 90),
        "p99": percentile(samples, 99),
        "max": max(samples),
        "samples": [round(sample, 4) for sample in samples],
    }


def median(times: Dict) -> float:
    """The median that counts: on the device where there is one, else the host's."""
    return (times.get("device") or times["host"])["p50"]


def host_times(calls: Sequence[Callable], count: int, wait: Callable) -> List[float]:
    """Microseconds from before each call until its work is done; the calls take turns."""
    times = []
    for index in range(count):
        start = time.perf_counter_ns()
        calls[index % len(calls)]()
        wait()
        times.append((time.perf_counter_ns() - start) / 1e3)
    return times


def device_times(calls: Sequence[Callable], count: int, head_start: bool) -> List[float]:
    """Microseconds on the device between events around each call; the calls take turns.

    With `head_start` the device is kept busy until a batch of calls is enqueued: right for calls
    that are enqueued faster than they run, such as graph replays. Without, the pace of the host
    shows, as it does in use.
    """
    times: List[float] = []
    while len(times) < count:
        events = [torch.cuda.Event(enable_timing=True) for _ in range(BATCH + 1)]
        if head_start:
            torch.cuda._sleep(HEAD_START_CYCLES)
        events[0].record()
        for index in range(BATCH):
            calls[(len(times) + index) % len(calls)]()
            events[index + 1].record()
        events[-1].synchronize()
        times += [1e3 * a.elapsed_time(b) for a, b in zip(events, events[1:])]
    return times[:count]


def warm_up(calls: Sequence[Callable], seconds: float, wait: Callable) -> int:
    """Calls in turns until the time is over, each at least twice. Returns the number of calls."""
    end = time.perf_counter() + seconds
    done = 0
    while done < 2 * len(calls) or time.perf_counter() < end:
        calls[done % len(calls)]()
        wait()
        done += 1
    return done


def measure(
    calls: Sequence[Callable],
    device: torch.device,
    samples: int,
    head_start: bool,
    warm_up_seconds: float,
    per_call: int = 1,
) -> Dict[str, object]:
    """Times of calls that take turns: `host`, and on a GPU `device`.

    `per_call` is the number of inferences in one call; all times are divided by it.
    """
    gpu = on_gpu(device)
    wait = torch.cuda.synchronize if gpu else (lambda: None)
    result: Dict[str, object] = {"warmUpCalls": warm_up(calls, warm_up_seconds, wait)}
    if gpu:
        times = device_times(calls, samples, head_start)
        result["device"] = summary([t / per_call for t in times])
    # Host times need a wait for each, so fewer do.
    times = host_times(calls, max(1, samples // 2), wait)
    result["host"] = summary([t / per_call for t in times])
    result["callsTakingTurns"] = len(calls)
    return result


def capture(call: Callable) -> "torch.cuda.CUDAGraph":
    """Records a call as a CUDA graph, after it has run three times beside the main stream."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph


def second_level_cache(device: torch.device) -> Optional[int]:
    """Bytes of the GPU's second-level cache; None where neither torch nor the driver says."""
    properties = torch.cuda.get_device_properties(device)
    size = getattr(properties, "L2_cache_size", None)
    if size:
        return int(size)
    import ctypes

    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    value = ctypes.c_int()
    status = driver.cuDeviceGetAttribute(
        ctypes.byref(value), CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, device.index or 0
    )
    return value.value if status == 0 and value.value > 0 else None


def copies_for(bytes_per_copy: int, cache: Optional[int]) -> int:
    """How many sets of buffers take turns, so that they exceed the cache twice; at least 2.

    `lab bench` counts bytes (inputs, outputs and weights without biases) and copies in the same way.
    """
    if not cache or bytes_per_copy <= 0:
        return 2
    return max(2, min(MOST_COPIES, CACHE_MULTIPLE * cache // bytes_per_copy + 1))
