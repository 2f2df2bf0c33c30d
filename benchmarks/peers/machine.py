"""What is installed on this machine, as the result records it."""

import datetime
import importlib
import os
import platform
import re
import subprocess
import sys
from typing import Dict, List, Optional


def missing_packages() -> List[Dict[str, str]]:
    """Packages that this script cannot work without, and how to get them."""
    missing = []
    for name in ("numpy", "torch"):
        try:
            __import__(name)
        except ImportError as error:
            missing.append({"what": name, "reason": str(error)})
    return missing


def software(device) -> Dict[str, object]:
    """Versions, and the switches of torch that change what is measured."""
    import numpy
    import torch

    cudnn = torch.backends.cudnn
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "numpy": numpy.__version__,
        "torch": torch.__version__,
        "torchCuda": torch.version.cuda,
        "cudnn": cudnn.version() if device.type == "cuda" and cudnn.is_available() else None,
        "cudnnV8ApiDisabled": os.environ.get("TORCH_CUDNN_V8_API_DISABLED"),
        "triton": triton(),
        "compile": hasattr(torch, "compile"),
        "convolutionReLU": hasattr(torch, "cudnn_convolution_relu"),
        "convolutionAddReLU": hasattr(torch, "cudnn_convolution_add_relu"),
        "threads": torch.get_num_threads(),
    }


def absent(device) -> List[Dict[str, str]]:
    """What a full measurement needs and this machine lacks."""
    import torch

    lacks = []
    if device.type != "cuda":
        lacks.append({"what": "GPU", "reason": "CPU tensors were asked for or torch sees no GPU"})
    elif not torch.backends.cudnn.is_available():
        lacks.append({"what": "cuDNN", "reason": "torch.backends.cudnn is not available"})
    if not hasattr(torch, "compile"):
        lacks.append({"what": "torch.compile", "reason": "torch %s is older" % torch.__version__})
    if triton() is None:
        lacks.append({"what": "triton", "reason": "not installed; torch.compile needs it"})
    for name in ("cudnn_convolution_relu", "cudnn_convolution_add_relu"):
        if not hasattr(torch, name):
            lacks.append({"what": "torch." + name, "reason": "this torch does not offer it"})
    return lacks


def triton() -> Optional[str]:
    """Its version, if it can be used."""
    try:
        package = importlib.import_module("triton")
    except Exception:  # A broken installation raises other errors, too.
        return None
    return getattr(package, "__version__", "unknown")


def environment(device, commit: str) -> Dict[str, object]:
    """The field `environment` of a result of the laboratory, with the device as torch sees it."""
    import torch

    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        record = {
            "emulated": False,
            "device": properties.name,
            "computeCapability": properties.major * 10 + properties.minor,
            "multiprocessors": properties.multi_processor_count,
            "driver": _driver(),
        }
    else:
        record = {
            "emulated": True,
            "device": "CPU tensors (%s)" % _cpu(),
            "computeCapability": 0,
            "multiprocessors": os.cpu_count() or 1,
            "driver": None,
        }
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": "peers.py",
        "commit": commit,
        **record,
        "compiler": "PyTorch %s" % torch.__version__,
        "host": "%s %s, %s, %d processors"
        % (platform.system(), platform.release(), _cpu(), os.cpu_count() or 1),
    }


def _driver() -> Optional[str]:
    lines = _smi(["--query-gpu=driver_version", "--format=csv,noheader"])
    return lines[0].strip() if lines else None


def _smi(arguments: List[str]) -> List[str]:
    """What nvidia-smi prints; nothing where it is missing or fails. It is told to set nothing."""
    try:
        result = subprocess.run(
            ["nvidia-smi"] + arguments, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.rstrip() for line in result.stdout.strip().splitlines()]


def _cpu() -> str:
    return _first("/proc/cpuinfo", r"(?m)^model name\s*:\s*(.+)$") or platform.machine()


def _first(path: str, pattern: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            match = re.search(pattern, file.read())
    except OSError:
        return None
    return match.group(1).strip() if match else None
