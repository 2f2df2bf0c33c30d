"""Measures whole models in ONNX Runtime, where it is installed with a provider for the device.

The files are run as they are, after ONNX Runtime's own optimizations; in fp16, after its own conversion.
"""

import os
import tempfile
from typing import Dict, List

import numpy
import torch

import models
import timing
import variants
from models import LoadedModel
from work import Skip, Step

_gpu_provider = "CUDAExecutionProvider"
_gpu_memory = "cuda"
# Loading one session and cuDNN's exhaustive search for it, and measuring, take about as long.
FORM_SECONDS = 8.0
# Every set of buffers is a session with weights of its own.
MOST_SESSIONS = 8
ELEMENT_TYPES = {"fp32": numpy.float32, "tf32": numpy.float32, "fp16": numpy.float16}


def name(precision: str, layout: str) -> str:
    return "%s, %s, ONNX Runtime" % (precision, layout)


def provider(device: torch.device) -> str:
    return _gpu_provider if timing.on_gpu(device) else "CPUExecutionProvider"


def provider_options(
    device: torch.device, precision: str, layout: str, stream: "torch.cuda.Stream"
) -> Dict[str, str]:
    """https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html"""
    if not timing.on_gpu(device):
        return {}
    return {
        "device_id": str(device.index or 0),
        "user_compute_stream": str(stream.cuda_stream),
        "enable_cuda_graph": "1",
        "cudnn_conv_algo_search": "EXHAUSTIVE",
        "cudnn_conv_use_max_workspace": "1",
        "prefer_nhwc": "1" if layout == "channels-last" else "0",
        "use_tf32": "1" if precision == "tf32" else "0",
    }


def require(device: torch.device, precision: str, layout: str):
    """The module onnxruntime; raises Skip with the reason where this machine cannot run a form."""
    try:
        import onnxruntime
    except Exception as error:  # A broken installation raises other errors, too.
        raise Skip("onnxruntime cannot be imported: %s" % error) from None
    available = onnxruntime.get_available_providers()
    if provider(device) not in available:
        raise Skip(
            "onnxruntime %s has no %s, only %s"
            % (onnxruntime.__version__, provider(device), ", ".join(available))
        )
    if not timing.on_gpu(device) and (precision != "fp32" or layout != "contiguous"):
        raise Skip("ONNX Runtime is measured in fp32, contiguous, on a CPU")
    onnxruntime.set_default_logger_severity(3)
    return onnxruntime


def half_precision(onnxruntime, path: str) -> bytes:
    """The model in fp16, inputs and outputs included, batch normalisations folded in fp32 before."""
    try:
        import onnx
        from onnxruntime.transformers.float16 import convert_float_to_float16
    except ImportError as error:
        raise Skip("the conversion to fp16 lacks a package: %s" % error) from None
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = os.path.join(folder, "folded.onnx")
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        folded = onnx.load(options.optimized_model_filepath)
    return convert_float_to_float16(folded, keep_io_types=False).SerializeToString()


class Copy:
    """A session with weights, inputs and outputs of its own in the device's memory."""

    def __init__(self, onnxruntime, model, loaded, device, precision, options):
        settings = onnxruntime.SessionOptions()
        # A node that fell back to the CPU would make this a measurement of something else.
        if provider(device) != "CPUExecutionProvider":
            settings.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        self.session = onnxruntime.InferenceSession(
            model, settings, providers=[(provider(device), options)]
        )
        if self.session.get_providers()[0] != provider(device):
            raise Skip("ONNX Runtime could not load its %s" % provider(device))
        place, index = (_gpu_memory, device.index or 0) if timing.on_gpu(device) else ("cpu", 0)
        element = ELEMENT_TYPES[precision]
        self.binding = self.session.io_binding()
        for value, array in zip(loaded.model.inputs, loaded.inputs):
            tensor = onnxruntime.OrtValue.ortvalue_from_numpy(array.astype(element), place, index)
            self.binding.bind_ortvalue_input(value.name, tensor)
        self.outputs = []
        for value, array in zip(loaded.model.outputs, loaded.outputs):
            tensor = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                list(array.shape), element, place, index
            )
            self.binding.bind_ortvalue_output(value.name, tensor)
            self.outputs.append(tensor)
        self.run_options = onnxruntime.RunOptions()
        self.run_options.add_run_config_entry("disable_synchronize_execution_providers", "1")

    def __call__(self) -> None:
        self.session.run_with_iobinding(self.binding, self.run_options)


def returns_early(call, stream) -> bool:
    """Whether a call only submits, so that a busy device does not hold up the host."""
    torch.cuda._sleep(timing.HEAD_START_CYCLES)
    call()
    early = not stream.query()
    torch.cuda.synchronize()
    return early


def run(
    loaded: LoadedModel,
    precision: str,
    layout: str,
    device: torch.device,
    samples: int,
    warm_up_seconds: float,
) -> Dict[str, object]:
    """Measures one form; raises Skip where the machine cannot."""
    onnxruntime = require(device, precision, layout)
    model = half_precision(onnxruntime, loaded.path) if precision == "fp16" else loaded.path
    if not timing.on_gpu(device):
        return _measure(
            onnxruntime, model, loaded, device, precision, layout, samples, warm_up_seconds, None
        )
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        return _measure(
            onnxruntime, model, loaded, device, precision, layout, samples, warm_up_seconds, stream
        )


def _measure(
    onnxruntime, model, loaded, device, precision, layout, samples, warm_up_seconds, stream
):
    gpu = timing.on_gpu(device)
    size = models.elements(loaded) * numpy.dtype(ELEMENT_TYPES[precision]).itemsize
    cache = timing.second_level_cache(device) if gpu else None
    count = min(MOST_SESSIONS, timing.copies_for(size, cache))
    options = provider_options(device, precision, layout, stream)
    copies = []
    for _ in range(count):
        copies.append(Copy(onnxruntime, model, loaded, device, precision, options))
        # The first run prepares, the second records the CUDA graph.
        for _ in range(3):
            copies[-1]()
    if gpu:
        torch.cuda.synchronize()
    result = {
        "variant": {
            "name": name(precision, layout),
            "precision": precision,
            "layout": layout,
            "execution": "onnxruntime",
        },
        "softwareVersion": onnxruntime.__version__,
        "outputs": [
            dict(
                models.compare(
                    tensor.numpy().astype(numpy.float32), array, variants.TOLERANCES[precision]
                ),
                name=value.name,
                reference=loaded.origin,
            )
            for value, array, tensor in zip(
                loaded.model.outputs, loaded.outputs, copies[0].outputs
            )
        ],
        "copies": count,
        "bytes": count * size,
        "exceedsCacheTwice": bool(cache) and count * size > 2 * cache,
    }
    models.judge(result)
    early = gpu and returns_early(copies[0], stream)
    result["submitsOnly"] = early
    result["times"] = timing.measure(copies, device, samples, early, warm_up_seconds)
    if gpu:
        result["warm"] = timing.measure(copies[:1], device, samples, early, warm_up_seconds)
    result["measuredMicroseconds"] = timing.median(result["times"])
    return result


def steps(
    loaded_models: List[LoadedModel],
    device: torch.device,
    precisions: List[str],
    samples: int,
    warm_up_seconds: float,
) -> List[Step]:
    """What there is to measure: each model in both layouts, channels last first."""
    todo = []
    for loaded in loaded_models:
        for precision in precisions:
            if precision not in ELEMENT_TYPES:
                continue
            for layout in ("channels-last", "contiguous"):

                def step(loaded=loaded, precision=precision, layout=layout):
                    return run(loaded, precision, layout, device, samples, warm_up_seconds)

                strong = precision == "fp16" and layout == "channels-last"
                todo.append(
                    Step(
                        15 if strong else 65,
                        "%s: %s" % (loaded.stem, name(precision, layout)),
                        FORM_SECONDS if timing.on_gpu(device) else 0.0,
                        step,
                        loaded.about(precision),
                    )
                )
    return todo
