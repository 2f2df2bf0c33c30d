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

# Layers in one CUDA graph, one behind the other.
CHAIN = 16
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
    """A call of the layer on input and weights of its own, and the bytes of these."""
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
    return call, sum(t.numel() * t.element_size() for t in owned)


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

        def chain() -> None:
            for index in range(CHAIN):
                calls[index % copies]()

        result = variant.record()
        result["buffers"] = "inputs and weights rotate"
        result["copies"] = copies
        if variant.execution == "graph":
            graph = timing.capture(chain)
            result["times"] = timing.measure(
                [graph.replay], device, samples, True, warm_up_seconds, CHAIN
            )
        else:
            result["times"] = timing.measure(
                [chain], device, samples, False, warm_up_seconds, CHAIN
            )
        return result


def steps(
    layers: List[Layer],
    device: torch.device,
    precisions: List[str],
    samples: int,
    warm_up_seconds: float,
) -> Tuple[List[Dict], List[Step]]:
    """Records to be filled, and the steps that fill them."""
    records, todo = [], []
    for layer in layers:
        for form in forms(layer):
            record: Dict = {
                "set": layer.set,
                "model": layer.model,
                "layer": layer.layer,
                "form": form,
                "shape": {
                    "batch": layer.batch,
                    "inputs": layer.inputs,
                    "rankIn": layer.rank_in,
                    "rankOut": layer.rank_out,
                    "outputs": layer.outputs,
                    "height": layer.height,
                    "width": layer.width,
                    "kernel": layer.kernel,
                    "stride": layer.stride,
                    "pad": layer.pad,
                },
                "count": layer.count,
                "chain": CHAIN,
                "variants": [],
            }
            records.append(record)
            name = "%s %dx%d %d->%d %s %s" % (
                layer.set,
                layer.height,
                layer.width,
                layer.rank_in,
                layer.rank_out,
                form,
                layer.layer,
            )
            for precision in precisions:
                for variant in variants.layer_variants(precision, form != "core"):

                    def run(layer=layer, form=form, variant=variant, record=record):
                        record["variants"].append(
                            run_variant(layer, form, variant, device, samples, warm_up_seconds)
                        )

                    todo.append(
                        Step(
                            priority(layer.set, precision, variant),
                            "%s: %s" % (name, variant.name()),
                            FORM_SECONDS if timing.on_gpu(device) else 0.0,
                            run,
                        )
                    )
    return records, todo


def priority(set_name: str, precision: str, variant: Variant) -> int:
    """Cores in fp16 and fp32 come right behind the strong models in fp16."""
    place = variants.PRECISIONS.index(precision)
    strong = variant.benchmark and variant.execution == "graph"
    if not strong:
        return 70 + place
    return (5 if set_name.startswith("core") else 15) + 10 * place
