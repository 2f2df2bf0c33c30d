"""What is installed here, for tests that are skipped without it."""

import importlib.util
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
HAS_TORCH = HAS_NUMPY and importlib.util.find_spec("torch") is not None
HAS_ONNX_RUNTIME = HAS_TORCH and all(
    importlib.util.find_spec(name) is not None for name in ("onnx", "onnxruntime")
)


def needs_numpy(test):
    return unittest.skipUnless(HAS_NUMPY, "numpy is not installed for " + sys.executable)(test)


def needs_onnx_runtime(test):
    missing = "onnx and onnxruntime are not both installed for " + sys.executable
    return unittest.skipUnless(HAS_ONNX_RUNTIME, missing)(test)


def skip_module_without_torch():
    if not HAS_TORCH:
        raise unittest.SkipTest("torch is not installed for " + sys.executable)
