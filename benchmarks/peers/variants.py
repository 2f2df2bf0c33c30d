"""The forms in which PyTorch can run a model, the strongest first."""

from dataclasses import dataclass
from typing import List

import torch

import machine
import timing
from work import Skip

PRECISIONS = ("fp16", "fp32", "tf32", "bf16")
DTYPES = {
    "fp32": torch.float32,
    "tf32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}
# Allowed difference to the reference, relative to its largest magnitude.
TOLERANCES = {"fp32": 1e-3, "tf32": 2e-2, "fp16": 2e-2, "bf16": 1e-1}


@dataclass(frozen=True)
class Variant:
    """One form.

    `execution`: `graph` is a CUDA graph of torch's own kernels, `stream` calls one operator after
    the other, `compile-graph` is a CUDA graph of what torch.compile makes, `compile` is
    torch.compile's mode max-autotune with the CUDA graphs that it records itself.
    """

    precision: str
    layout: str
    folded: bool
    fused: bool
    benchmark: bool
    execution: str

    def name(self) -> str:
        words = [self.precision, self.layout]
        words += ["folded norm"] if self.folded else []
        words += ["fused ReLU"] if self.fused else []
        words += ["cudnn.benchmark"] if self.benchmark else []
        return ", ".join(words + [self.execution])

    def dtype(self) -> torch.dtype:
        return DTYPES[self.precision]

    def memory_format(self) -> torch.memory_format:
        if self.layout == "channels-last":
            return torch.channels_last
        return torch.contiguous_format

    def record(self) -> dict:
        return {
            "name": self.name(),
            "precision": self.precision,
            "layout": self.layout,
            "foldedNorm": self.folded,
            "fusedReLU": self.fused,
            "cudnnBenchmark": self.benchmark,
            "execution": self.execution,
        }


def model_variants(precision: str) -> List[Variant]:
    """All forms of a model in one precision, in the order in which they are worth their time."""
    cl, plain = "channels-last", "contiguous"
    return [
        Variant(precision, cl, True, True, True, "graph"),
        Variant(precision, cl, True, False, True, "graph"),
        Variant(precision, plain, True, True, True, "graph"),
        Variant(precision, plain, True, False, True, "graph"),
        Variant(precision, cl, True, False, True, "compile-graph"),
        Variant(precision, cl, True, False, True, "compile"),
        Variant(precision, cl, True, True, True, "stream"),
        Variant(precision, plain, True, False, True, "stream"),
        Variant(precision, cl, True, True, False, "graph"),
        Variant(precision, cl, False, False, True, "graph"),
        Variant(precision, plain, False, False, False, "stream"),
        Variant(precision, plain, True, False, True, "compile-graph"),
    ]


def layer_variants(precision: str, can_fuse: bool) -> List[Variant]:
    """All forms of a layer in one precision; `can_fuse` where it ends in a ReLU."""
    forms = []
    for benchmark, execution in ((True, "graph"), (False, "graph"), (True, "stream")):
        for layout in ("channels-last", "contiguous"):
            for fused in (True, False) if can_fuse else (False,):
                forms.append(Variant(precision, layout, True, fused, benchmark, execution))
    return forms


def require(variant: Variant, device: torch.device) -> None:
    """Raises Skip with the reason where this machine cannot run a form."""
    if not timing.on_gpu(device):
        if variant.execution == "graph":
            raise Skip("CUDA graphs need a GPU")
        if variant.execution.startswith("compile"):
            raise Skip("torch.compile is measured on a GPU only")
        if variant.fused:
            raise Skip("torch.cudnn_convolution_relu needs a GPU")
        if variant.precision in ("tf32", "fp16"):
            raise Skip("%s convolutions need a GPU" % variant.precision)
        return
    if not torch.backends.cudnn.is_available():
        raise Skip("this torch has no cuDNN")
    if variant.execution.startswith("compile"):
        if not hasattr(torch, "compile"):
            raise Skip("torch %s has no torch.compile" % torch.__version__)
        if machine.triton() is None:
            raise Skip("torch.compile needs triton, which is not installed")
    if variant.fused and not hasattr(torch, "cudnn_convolution_relu"):
        raise Skip("this torch does not offer torch.cudnn_convolution_relu")
    capability = torch.cuda.get_device_capability(device)
    if variant.precision in ("tf32", "bf16") and capability < (8, 0):
        raise Skip("%s needs compute capability 8.0" % variant.precision)


def configure(variant: Variant) -> None:
    """Sets torch's switches for a form. They stay until the next call."""
    torch.backends.cudnn.benchmark = variant.benchmark
    if hasattr(torch.backends.cudnn, "benchmark_limit"):
        # 0: cuDNN tries every algorithm that it has, not the first ten.
        torch.backends.cudnn.benchmark_limit = 0
    torch.backends.cudnn.allow_tf32 = variant.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = variant.precision == "tf32"
