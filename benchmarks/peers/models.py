"""Measures whole models in all forms and compares their outputs."""

import os
from typing import Callable, Dict, List, Optional, Tuple

import numpy
import torch
import torch.nn.functional as F

import fuse
import onnx_reader
import rebuild
import timing
import variants
from variants import Variant
from work import Skip, Step

SEED = 1
# Seconds that a step probably takes: recording and measuring one form, and compiling one convolution.
FORM_SECONDS = 3.0
COMPILE_SECONDS_PER_CONVOLUTION = 2.0


class LoadedModel:
    """A model from a file, with the inputs and the outputs that it must give.

    The file `NAME.onnx` holds the model NAME, `NAME-tucker.onnx` its decomposed form, and
    `NAME-tucker-RANKS.onnx` tells its ranks as well. With a reference folder, inputs and outputs are `FOLDER/STEM/inputs/INPUT.npy` and
    `FOLDER/STEM/outputs/OUTPUT.npy`.
    """

    def __init__(self, path: str, reference: Optional[str]):
        self.path = path
        self.stem = os.path.splitext(os.path.basename(path))[0]
        self.name, tucker, ranks = self.stem.partition("-tucker")
        self.form = "tucker" if tucker else "dense"
        self.ranks = ranks[1:] if ranks else None
        self.model = onnx_reader.read(path)
        self.kept = rebuild.rebuild(self.model)
        self.folded = fuse.copy_of(self.kept)
        fuse.fold_batch_norm(self.folded)
        fuse.fuse_pointwise(self.folded)
        self.convolutions = sum(1 for n in self.kept.graph.nodes if n.target is F.conv2d)
        self.has_norm = any(n.target is F.batch_norm for n in self.kept.graph.nodes)
        folder = os.path.join(reference, self.stem) if reference else None
        self.origin = "torch, fp32, on the CPU"
        self.inputs = [self._input(value, folder) for value in self.model.inputs]
        if folder and os.path.isdir(os.path.join(folder, "outputs")):
            self.origin = os.path.join(self.stem, "outputs")
            self.outputs = [_load(folder, "outputs", v.name) for v in self.model.outputs]
        else:
            with torch.no_grad():
                self.outputs = [t.numpy() for t in _tuple(self.kept(*map(_tensor, self.inputs)))]

    def _input(self, value: onnx_reader.ValueInfo, folder: Optional[str]) -> numpy.ndarray:
        if folder and os.path.isdir(os.path.join(folder, "inputs")):
            array = _load(folder, "inputs", value.name)
            shape = tuple(1 if isinstance(e, str) or e is None else e for e in value.shape)
            if len(array.shape) != len(shape):
                raise onnx_reader.OnnxError(
                    "%s: input '%s' has shape %s in %s and %s in the model"
                    % (self.path, value.name, array.shape, folder, shape)
                )
            return array
        open_axes = [extent for extent in value.shape if not isinstance(extent, int)]
        if open_axes:
            raise onnx_reader.OnnxError(
                "%s: input '%s' has the open extents %s; write the model with a fixed shape"
                % (self.path, value.name, open_axes)
            )
        generator = numpy.random.default_rng(SEED)
        return generator.standard_normal(value.shape, dtype=numpy.float32)

    def about(self, precision: str) -> Dict[str, str]:
        """What a line of the result says of the model."""
        return {
            "network": self.name,
            "ranks": self.ranks or "none",
            "form": self.form,
            "precision": precision,
        }


def _load(folder: str, kind: str, name: str) -> numpy.ndarray:
    path = os.path.join(folder, kind, name + ".npy")
    try:
        return numpy.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise onnx_reader.OnnxError("%s: not readable (%s)" % (path, error)) from None


def _tensor(array: numpy.ndarray) -> torch.Tensor:
    return torch.from_numpy(numpy.array(array))


def _tuple(result) -> Tuple[torch.Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


def compare(actual: numpy.ndarray, expected: numpy.ndarray, tolerance: float) -> Dict[str, object]:
    """Largest difference, and relative to the largest expected magnitude; NaN never agrees."""
    if actual.shape != expected.shape:
        return {"agrees": False, "shape": list(actual.shape), "expected": list(expected.shape)}
    difference = numpy.abs(actual.astype(numpy.float64) - expected.astype(numpy.float64))
    worst = int(numpy.argmax(numpy.nan_to_num(difference, nan=numpy.inf)))
    largest = float(difference.reshape(-1)[worst])
    scale = float(numpy.max(numpy.abs(expected)))
    relative = largest / scale if scale > 0 else largest
    return {
        "agrees": bool(relative <= tolerance),
        "maxAbs": largest if numpy.isfinite(largest) else None,
        "ofRange": relative if numpy.isfinite(relative) else None,
        "worstIndex": worst,
        "tolerance": tolerance,
    }


def prepare(loaded: LoadedModel, variant: Variant, device: torch.device) -> torch.fx.GraphModule:
    """A module in a form, on the device."""
    module = fuse.copy_of(loaded.folded if variant.folded else loaded.kept)
    if variant.fused:
        conv_add_relu = getattr(torch, "cudnn_convolution_add_relu", None)
        if fuse.fuse_convolutions(module, torch.cudnn_convolution_relu, conv_add_relu) == 0:
            raise Skip("the model has no convolution with a ReLU behind it")
    return module.to(device=device, dtype=variant.dtype(), memory_format=variant.memory_format())


def elements(loaded: LoadedModel) -> int:
    """Elements of inputs, outputs and weights without biases, as `lab bench` counts them."""
    count = sum(a.size for a in loaded.inputs) + sum(a.size for a in loaded.outputs)
    # The file's weights: a form may have folded or fused some of them.
    return count + sum(b.numel() for b in loaded.kept.buffers() if b.dim() > 1)


def judge(result: Dict[str, object]) -> None:
    """Adds the outcome to a result with compared outputs, and the reason where they differ."""
    result["outcome"] = "done" if all(o["agrees"] for o in result["outputs"]) else "differs"
    if result["outcome"] == "differs":
        result["reason"] = "an output is off by %s of the range" % max(
            o.get("ofRange") or 0.0 for o in result["outputs"]
        )


def graphs(
    call: Callable, module: torch.nn.Module, inputs: List[torch.Tensor], copies: int
) -> List["torch.cuda.CUDAGraph"]:
    """CUDA graphs of the same call, each with inputs and weights of its own."""
    recorded = []
    for copy in range(copies):
        if copy > 0:
            for buffer in module.buffers():
                buffer.data = buffer.data.clone()
        own = [x.clone() for x in inputs]
        graph = timing.capture(lambda own=own: call(*own))
        # A graph holds addresses only: the tensors must live as long as it does.
        recorded.append((graph, own, [buffer.data for buffer in module.buffers()]))
    return recorded


def _callable(module: torch.fx.GraphModule, variant: Variant) -> Callable:
    if not variant.execution.startswith("compile"):
        return module
    torch._dynamo.reset()  # What was compiled before would only take memory.
    own_graphs = variant.execution == "compile"
    return torch.compile(
        module, mode="max-autotune" if own_graphs else "max-autotune-no-cudagraphs"
    )


def run_variant(
    loaded: LoadedModel,
    variant: Variant,
    device: torch.device,
    samples: int,
    warm_up_seconds: float,
    write: Optional[str],
) -> Dict[str, object]:
    """Measures one form; raises Skip where the machine cannot."""
    variants.require(variant, device)
    variants.configure(variant)
    with torch.no_grad():
        module = prepare(loaded, variant, device)
        inputs = [
            _tensor(x).to(device=device, dtype=variant.dtype()) for x in loaded.inputs
        ]
        inputs = [
            x.contiguous(memory_format=variant.memory_format()) if x.dim() == 4 else x
            for x in inputs
        ]
        call = _callable(module, variant)
        actual = [t.float().cpu().numpy() for t in _tuple(call(*inputs))]
        result = {"variant": variant.record()}
        result["outputs"] = [
            dict(
                compare(a, e, variants.TOLERANCES[variant.precision]),
                name=value.name,
                reference=loaded.origin,
            )
            for a, e, value in zip(actual, loaded.outputs, loaded.model.outputs)
        ]
        if write:
            folder = os.path.join(write, loaded.stem, variant.name().replace(", ", "-"))
            os.makedirs(folder, exist_ok=True)
            for value, array in zip(loaded.model.outputs, actual):
                numpy.save(os.path.join(folder, value.name + ".npy"), array)
        judge(result)
        if variant.execution in ("graph", "compile-graph"):
            size = elements(loaded) * torch.tensor([], dtype=variant.dtype()).element_size()
            cache = timing.second_level_cache(device)
            copies = timing.copies_for(size, cache)
            recorded = graphs(call, module, inputs, copies)
            result["copies"] = copies
            result["bytes"] = copies * size
            result["exceedsCacheTwice"] = bool(cache) and copies * size > 2 * cache
            replays = [graph.replay for graph, _, _ in recorded]
            result["times"] = timing.measure(replays, device, samples, True, warm_up_seconds)
            result["warm"] = timing.measure(
                replays[:1], device, samples, True, warm_up_seconds
            )
        else:
            sets = [[x.clone() for x in inputs] for _ in range(4)]
            calls = [lambda own=own: call(*own) for own in sets]
            result["times"] = timing.measure(calls, device, samples, False, warm_up_seconds)
        result["measuredMicroseconds"] = timing.median(result["times"])
        return result


def steps(
    models: List[LoadedModel],
    device: torch.device,
    precisions: List[str],
    samples: int,
    warm_up_seconds: float,
    write: Optional[str],
) -> List[Step]:
    """What there is to measure."""
    todo = []
    for loaded in models:
        for precision in precisions:
            for rank, variant in enumerate(variants.model_variants(precision)):
                if not variant.folded and not loaded.has_norm and variant.execution != "stream":
                    continue  # Without batch normalisations this is the same as the folded form.

                def run(loaded=loaded, variant=variant):
                    return run_variant(loaded, variant, device, samples, warm_up_seconds, write)

                compiled = variant.execution.startswith("compile")
                seconds = FORM_SECONDS + (
                    COMPILE_SECONDS_PER_CONVOLUTION * loaded.convolutions if compiled else 0
                )
                todo.append(
                    Step(
                        priority(precision, rank, compiled),
                        "%s: %s" % (loaded.stem, variant.name()),
                        seconds if timing.on_gpu(device) else 0.0,
                        run,
                        loaded.about(precision),
                    )
                )
    return todo


def priority(precision: str, rank: int, compiled: bool) -> int:
    """The four strong forms in fp16 first, compilation after the layers, the weak forms last."""
    place = variants.PRECISIONS.index(precision)
    if compiled:
        return 50 + place
    return 10 * place if rank < 4 else 60 + place
