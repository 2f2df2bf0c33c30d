"""Measures single layers: TDC's core convolutions, and its Tucker sequences beside the dense layers.

The shapes are those of TDC (Xiang et al., PPoPP 2023), read from a CSV file.
"""

import csv
from dataclasses import dataclass, replace
from typing import Callable, Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F

import timing
import variants
from variants import Variant
from work import Step

FORM_SECONDS = 0.5
# Column -> its name in the table as published by this project, or in the longer one of TDC's artifact.
COLUMNS = {
    "set": ("set",),
    "model": ("model",),
    "layer": ("layer",),
    "inputs": ("inputs", "C_orig_in"),
    "rank_in": ("rank_in", "C"),
    "rank_out": ("rank_out", "N"),
    "outputs": ("outputs", "N_orig_out"),
    "height": ("height", "H_in"),
    "width": ("width", "W_in"),
    "kernel": ("kernel", "R"),
    "stride": ("stride",),
    "pad": ("padding", "pad"),
    "count": ("count",),
}
OPTIONAL = ("inputs", "outputs", "count")
TEXT = ("set", "model", "layer")


class LayersError(Exception):
    """A layers file that cannot be used. The message names file and line."""


@dataclass(frozen=True)
class Layer:
    """A convolution `inputs -> rank_in -> rank_out -> outputs`; a core has no outer channels."""

    set: str
    model: str
    layer: str
    inputs: Optional[int]
    rank_in: int
    rank_out: int
    outputs: Optional[int]
    height: int
    width: int
    kernel: int
    stride: int
    pad: int
    count: Optional[int]
    batch: int = 1


def read(path: str, sets: List[str]) -> List[Layer]:
    """The layers whose set begins with one of some names. Raises LayersError, or OSError."""
    layers = []
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.readlines()
        comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), 0)
        rows = csv.DictReader(lines[comments:])
        header = rows.fieldnames or ()
        named = {c: next((n for n in names if n in header), None) for c, names in COLUMNS.items()}
        lacking = [column for column, name in named.items() if name is None]
        if lacking:
            raise LayersError(
                "%s, line %d: no column %s" % (path, comments + 1, ", ".join(lacking))
            )
        for row in rows:
            if not any(row["set"].startswith(name) for name in sets):
                continue
            try:
                values = {c: _value(c, row[name]) for c, name in named.items()}
                if row.get("S", row[named["kernel"]]) != row[named["kernel"]]:
                    raise ValueError("kernels must be square, not %s x %s" % (row["R"], row["S"]))
            except (TypeError, ValueError) as error:
                raise LayersError("%s, line %d: %s" % (path, comments + rows.line_num, error)) from None
            layers.append(Layer(batch=int(row.get("batch") or 1), **values))
    if not layers:
        raise LayersError("%s: no row of the sets %s" % (path, ", ".join(sets)))
    return layers


def _value(column: str, text: str):
    if column in TEXT:
        return text
    if column in OPTIONAL and not text:
        return None
    return int(text)


def tiny(layer: Layer) -> Layer:
    """The same layer with at most 8 rows, columns and channels: to try the script, not to measure."""

    def small(channels):
        return None if channels is None else min(channels, 8)

    extent = max(8, layer.kernel)
    return replace(
        layer,
        inputs=small(layer.inputs),
        rank_in=small(layer.rank_in),
        rank_out=small(layer.rank_out),
        outputs=small(layer.outputs),
        height=min(layer.height, extent),
        width=min(layer.width, extent),
    )


def forms(layer: Layer) -> List[str]:
    return ["core"] if layer.inputs is None else ["tucker", "dense"]


def make(layer: Layer, form: str, variant: Variant, device: torch.device) -> Tuple[Callable, int]:
    """A call of the layer on input and weights of its own, and the bytes of these and of its output."""
    def tensor(*shape: int) -> torch.Tensor:
        # Small values: sums over hundreds of channels stay within half precision.
        values = 0.1 * torch.randn(shape, device=device, dtype=variant.dtype())
        if len(shape) == 4:
            values = values.contiguous(memory_format=variant.memory_format())
        owned.append(values)
        return values

    owned: List[torch.Tensor] = []
    one, both = (1, 1), (layer.stride, layer.stride)
    pads, none = (layer.pad, layer.pad), (0, 0)
    channels = layer.rank_in if form == "core" else layer.inputs
    x = tensor(layer.batch, channels, layer.height, layer.width)

    def last(y, weight, bias, stride, padding):
        """A convolution with bias and ReLU."""
        if variant.fused:
            return torch.cudnn_convolution_relu(y, weight, bias, stride, padding, one, 1)
        return F.relu(F.conv2d(y, weight, bias, stride, padding))

    if form == "core":
        core = tensor(layer.rank_out, layer.rank_in, layer.kernel, layer.kernel)
        call = lambda: F.conv2d(x, core, None, both, pads)  # noqa: E731
    elif form == "dense":
        weight = tensor(layer.outputs, layer.inputs, layer.kernel, layer.kernel)
        bias = tensor(layer.outputs)
        call = lambda: last(x, weight, bias, both, pads)  # noqa: E731
    else:
        reduce = tensor(layer.rank_in, layer.inputs, 1, 1)
        core = tensor(layer.rank_out, layer.rank_in, layer.kernel, layer.kernel)
        expand = tensor(layer.outputs, layer.rank_out, 1, 1)
        bias = tensor(layer.outputs)
        call = lambda: last(  # noqa: E731
            F.conv2d(F.conv2d(x, reduce), core, None, both, pads), expand, bias, one, none
        )
    weights = sum(t.numel() * t.element_size() for t in owned if t.dim() == 4)
    height, width = (
        (extent + 2 * layer.pad - layer.kernel) // layer.stride + 1
        for extent in (layer.height, layer.width)
    )
    outputs = layer.rank_out if form == "core" else layer.outputs
    return call, weights + layer.batch * outputs * height * width * x.element_size()


def run_variant(
    layer: Layer,
    form: str,
    variant: Variant,
    device: torch.device,
    samples: int,
    warm_up_seconds: float,
) -> Dict[str, object]:
    """Measures one form; raises Skip where the machine cannot."""
    variants.require(variant, device)
    variants.configure(variant)
    torch.manual_seed(1)
    with torch.no_grad():
        first, size = make(layer, form, variant, device)
        cache = timing.second_level_cache(device) if timing.on_gpu(device) else None
        copies = timing.copies_for(size, cache)
        calls = [first] + [make(layer, form, variant, device)[0] for _ in range(copies - 1)]

        def chain(start: int) -> Callable:
            def call() -> None:
                for index in range(timing.CHAIN):
                    calls[(start + index) % copies]()

            return call

        # Every copy is met once before the first is met again.
        chains = [chain(start) for start in range(0, copies, timing.CHAIN)]

        def warm() -> None:
            for _ in range(timing.CHAIN):
                first()

        result = {"variant": variant.record(), "copies": copies, "bytes": copies * size}
        result["exceedsCacheTwice"] = bool(cache) and copies * size > 2 * cache
        graph = variant.execution == "graph"
        runs = [timing.capture(call) for call in chains] if graph else []
        replays = [run.replay for run in runs] if graph else chains
        result["times"] = timing.measure(
            replays, device, samples, graph, warm_up_seconds, timing.CHAIN
        )
        one = timing.capture(warm) if graph else None
        result["warm"] = timing.measure(
            [one.replay if one else warm], device, samples, graph, warm_up_seconds, timing.CHAIN
        )
        result["measuredMicroseconds"] = timing.median(result["times"])
        return result


def steps(
    layers: List[Layer],
    device: torch.device,
    precisions: List[str],
    samples: int,
    warm_up_seconds: float,
) -> List[Step]:
    """What there is to measure."""
    todo = []
    for layer in layers:
        for form in forms(layer):
            name = "%s %s %s" % (layer.set, layer.layer, form)
            if layer.model:
                name = "%s %s" % (layer.model, name)
            for precision in precisions:
                for variant in variants.layer_variants(precision, form != "core"):
                    about = {
                        "set": layer.set,
                        "layer": layer.layer,
                        "form": form,
                        "precision": precision,
                        "chain": timing.CHAIN,
                    }

                    def run(layer=layer, form=form, variant=variant):
                        return run_variant(layer, form, variant, device, samples, warm_up_seconds)

                    todo.append(
                        Step(
                            priority(layer.set, precision, variant),
                            "%s: %s" % (name, variant.name()),
                            FORM_SECONDS if timing.on_gpu(device) else 0.0,
                            run,
                            about,
                        )
                    )
    return todo


def priority(set_name: str, precision: str, variant: Variant) -> int:
    """Cores in fp16 and fp32 come right behind the strong models in fp16."""
    place = variants.PRECISIONS.index(precision)
    strong = variant.benchmark and variant.execution == "graph"
    if not strong:
        return 70 + place
    return (5 if set_name.startswith("core") else 15) + 10 * place
