"""The script as a whole on CPU tensors, and its GPU part on a stand-in for torch.cuda."""

import contextlib
import io
import json
import os
import tempfile
import unittest
from unittest import mock

import requirements

requirements.skip_module_without_torch()

import numpy
import torch
from test_rebuild import block_model, conv_add_relu, conv_relu
import onnx_writer as w

import machine
import models
import onnx_runtime
import peers
import timing
import variants

LAYERS = """# Shapes for tests.
set,model,layer,C_orig_in,C,N,N_orig_out,H_in,W_in,R,S,stride,pad,batch,count
core18,resnet18x3,core3x3,,96,64,,28,28,3,3,1,1,1,
tucker_full,resnet18,layer3.0.conv1,128,96,96,256,28,28,3,3,2,1,1,1
other,resnet18,never,1,1,1,1,1,1,1,1,1,0,1,1
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.layers = self.write("layers.csv", LAYERS.encode())
        self.model = self.write("block.onnx", block_bytes())

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def run_script(self, *arguments):
        """Exit code, standard output, standard error, and the lines of the result, if any."""
        result = os.path.join(self.folder, "result.jsonl")
        if os.path.exists(result) and "--resume" not in arguments:
            os.remove(result)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = peers.main(list(arguments) + ["--output", result])
        data = None
        if os.path.exists(result):
            with open(result, encoding="utf-8") as file:
                data = [json.loads(line) for line in file]
        return code, out.getvalue(), err.getvalue(), data


def block_bytes():
    captured = {}

    def keep(data, path):
        captured["data"] = data

    with mock.patch("onnx_reader.parse", keep):
        block_model()
    return captured["data"]


QUICK = ["--samples", "3", "--warm-up", "0", "--device", "cpu", "--tiny"]


class CpuTest(Case):
    def test_measures_what_the_cpu_can_and_names_the_rest(self):
        code, out, _, result = self.run_script(
            *QUICK, "--model", self.model, "--layers", self.layers
        )
        self.assertEqual(0, code)
        self.assertEqual((2, "peers"), (result[0]["format"], result[0]["kind"]))
        self.assertTrue(result[0]["environment"]["emulated"])
        self.assertIn("GPU", [lack["what"] for lack in result[0]["missing"]])
        done = [line for line in result[1:] if line["outcome"] == "done"]
        fp32 = [l for l in done if l["name"].startswith("block: fp32") and "ONNX" not in l["name"]]
        self.assertEqual(2, len(fp32))
        for line in fp32:
            self.assertNotIn("device", line["times"])
            self.assertTrue(line["outputs"][0]["agrees"])
            self.assertTrue(line["times"]["host"]["samples"])
            self.assertEqual(line["times"]["host"]["p50"], line["measuredMicroseconds"])
        forms = {(l["set"], l["form"]) for l in result[1:] if "set" in l}
        self.assertEqual(
            {("core18", "core"), ("tucker_full", "tucker"), ("tucker_full", "dense")}, forms
        )
        missing = [line for line in result[1:] if line["outcome"] == "missing"]
        self.assertEqual(len(result) - 1, len(done) + len(missing))
        reasons = " ".join(line["reason"] for line in missing)
        for reason in ("CUDA graphs need a GPU", "fp16 convolutions", "cudnn_convolution_relu"):
            self.assertIn(reason, reasons)
        self.assertIn("%d done" % len(done), out)
        # A second call goes on where the first ended: there is nothing left to do.
        before = len(result)
        code, out, _, result = self.run_script(
            *QUICK, "--resume", "--model", self.model, "--layers", self.layers
        )
        self.assertEqual((0, before + 1), (code, len(result)))

    def test_agrees_with_a_reference_or_says_so(self):
        inputs = os.path.join(self.folder, "ours", "block", "inputs")
        outputs = os.path.join(self.folder, "ours", "block", "outputs")
        os.makedirs(inputs)
        os.makedirs(outputs)
        x = numpy.random.default_rng(5).standard_normal((2, 4, 5, 5), dtype=numpy.float32)
        numpy.save(os.path.join(inputs, "x.npy"), x)
        with torch.no_grad():
            y = models.rebuild.rebuild(block_model())(torch.from_numpy(x)).numpy()
        reference = os.path.join(self.folder, "ours")
        own = os.path.join(self.folder, "own")
        common = QUICK + ["--model", self.model, "--precisions", "fp32", "--reference", reference]
        numpy.save(os.path.join(outputs, "y.npy"), y)
        code, _, _, _ = self.run_script(*common, "--write-outputs", own)
        self.assertEqual(0, code)
        written = [n for _, _, names in os.walk(own) for n in names]
        self.assertEqual(["y.npy", "y.npy"], written)
        y[1, 0] += 0.01 * abs(y).max()
        numpy.save(os.path.join(outputs, "y.npy"), y)
        code, out, _, result = self.run_script(*common)
        self.assertEqual(1, code)
        self.assertIn("%d differs" % (3 if requirements.HAS_ONNX_RUNTIME else 2), out)
        line = next(line for line in result[1:] if line["outcome"] == "differs")
        self.assertEqual((False, 2), (line["outputs"][0]["agrees"], line["outputs"][0]["worstIndex"]))
        self.assertFalse([line for line in result[1:] if line["outcome"] == "done"])

    def test_the_budget_leaves_out_and_lists(self):
        code, out, _, result = self.run_script(
            *QUICK, "--layers", self.layers, "--budget", "1e-9"
        )
        self.assertEqual(0, code)
        self.assertEqual({"left out"}, {line["outcome"] for line in result[1:]})
        self.assertIn("%d left out" % (len(result) - 1), out)
        self.assertTrue(result[1]["name"].startswith("resnet18x3 core18 core3x3 core: "))

    def test_bad_input_is_one_clear_error(self):
        bad = self.write("bad.onnx", b"no model")
        header = self.write("h.csv", b"set,model\n")
        number = self.write("n.csv", LAYERS.replace(",96,64,", ",many,64,").encode())
        gelu = self.write(
            "gelu.onnx",
            w.model([w.node("Gelu", ["x"], "y")], [], [w.value("x", [1])], [w.value("y", [1])]),
        )
        batch = self.write(
            "n.onnx",
            w.model([w.node("Relu", ["x"], "y")], [], [w.value("x", ["N"])], [w.value("y", ["N"])]),
        )
        for arguments, part in (
            (["--model", bad], "bad.onnx: "),
            (["--model", gelu], "Gelu 'node_y' (node 0)"),
            (["--model", batch], "open extents ['N']"),
            (["--model", "missing.onnx"], "missing.onnx"),
            (["--layers", header], "line 1: no column layer, inputs"),
            (["--layers", number], "line 3: invalid literal"),
            (["--layers", self.layers, "--sets", "none"], "no row of the sets none"),
            (["--layers", self.layers, "--precisions", "fp8"], "fp8"),
            (["--layers", self.layers, "--device", "abacus"], "--device abacus"),
        ):
            code, out, err, result = self.run_script(*(QUICK + arguments))
            self.assertEqual((2, "", None), (code, out, result), arguments)
            self.assertIn(part, err)
            self.assertIn("peers: error: ", err)


class Stand:
    """Stands in for the parts of torch.cuda that are used; a graph replays its recorded call."""

    def __init__(self):
        self.recorded = 0
        self.clock = 0.0
        self.sleeps = 0

    def graph_type(stand):
        class Graph:
            def replay(self):
                stand.clock += 0.002  # milliseconds

        return Graph

    @contextlib.contextmanager
    def record(self, graph):
        self.recorded += 1
        yield

    def event_type(stand):
        class Event:
            def __init__(self, enable_timing):
                assert enable_timing

            def record(self):
                self.at = stand.clock

            def synchronize(self):
                pass

            def elapsed_time(self, later):
                return later.at - self.at

        return Event

    def patches(self):
        def sleep(cycles):
            self.sleeps += 1

        cuda = mock.patch.multiple(
            "torch.cuda",
            create=True,
            Event=self.event_type(),
            CUDAGraph=self.graph_type(),
            graph=self.record,
            Stream=lambda: mock.Mock(**{"query.return_value": False}),
            current_stream=lambda: mock.Mock(),
            stream=lambda stream: contextlib.nullcontext(),
            synchronize=lambda: None,
            empty_cache=lambda: None,
            _sleep=sleep,
            get_device_properties=lambda device: mock.Mock(L2_cache_size=4096),
            get_device_capability=lambda device: (9, 0),
        )
        return [
            cuda,
            mock.patch.object(timing, "on_gpu", lambda device: True),
            mock.patch.object(torch.backends.cudnn, "is_available", lambda: True),
            mock.patch.object(machine, "triton", lambda: "3.0"),
            mock.patch.object(torch, "cudnn_convolution_relu", conv_relu, create=True),
            mock.patch.object(torch, "cudnn_convolution_add_relu", conv_add_relu, create=True),
            mock.patch.object(torch, "compile", lambda module, mode: module, create=True),
            mock.patch.object(torch, "_dynamo", mock.Mock(), create=True),
        ]


class GpuPathTest(Case):
    """No figure comes of this: it shows that the calls fit together."""

    def test_all_forms_are_recorded_measured_and_compared(self):
        stand = Stand()
        with contextlib.ExitStack() as stack:
            for patch in stand.patches():
                stack.enter_context(patch)
            code, out, err, result = self.run_script(
                *QUICK, "--precisions", "fp32,bf16", "--model", self.model, "--layers", self.layers
            )
        self.assertEqual(0, code, out + err)
        lines = [line for line in result[1:] if "ONNX Runtime" not in line["name"]]
        self.assertEqual({"done"}, {line["outcome"] for line in lines}, err)
        mine = [line for line in lines if line.get("network") == "block"]
        executions = {line["variant"]["execution"] for line in mine}
        self.assertEqual({"graph", "stream", "compile", "compile-graph"}, executions)
        for line in mine:
            if line["variant"]["execution"] in ("graph", "compile-graph"):
                # A replay of the stand-in takes 2 us; copies exceed the cache of 4 KiB twice.
                self.assertAlmostEqual(2.0, line["measuredMicroseconds"])
                self.assertEqual(3, len(line["times"]["device"]["samples"]))
                self.assertEqual(line["copies"], line["times"]["callsTakingTurns"])
                self.assertTrue(line["exceedsCacheTwice"])
                self.assertGreater(line["bytes"], 2 * 4096)
                self.assertEqual(1, line["warm"]["callsTakingTurns"])
        graph = next(
            l for l in lines if l.get("set") == "core18" and l["variant"]["execution"] == "graph"
        )
        self.assertAlmostEqual(2.0 / timing.CHAIN, graph["times"]["device"]["p50"])
        self.assertEqual(-(-graph["copies"] // timing.CHAIN), graph["times"]["callsTakingTurns"])
        self.assertGreater(stand.sleeps, 0)

    def test_weights_rotate_with_the_copies(self):
        stand = Stand()
        loaded = models.LoadedModel(self.model, None)
        variant = variants.Variant("fp32", "contiguous", True, False, False, "graph")
        with contextlib.ExitStack() as stack:
            for patch in stand.patches():
                stack.enter_context(patch)
            module = models.prepare(loaded, variant, torch.device("cpu"))
            inputs = [torch.from_numpy(loaded.inputs[0])]
            with torch.no_grad():
                recorded = models.graphs(module, module, inputs, 3)
        addresses = [weights[0].data_ptr() for _, _, weights in recorded]
        self.assertEqual(3, len(set(addresses)))
        self.assertEqual(3, stand.recorded)


@requirements.needs_onnx_runtime
class OnnxRuntimeTest(Case):
    def test_runs_on_the_cpu_in_one_form_and_names_the_rest(self):
        code, _, err, result = self.run_script(
            *QUICK, "--model", self.model, "--only", "*ONNX Runtime", "--precisions", "fp16,fp32,bf16"
        )
        self.assertEqual(0, code, err)
        done = [line for line in result[1:] if line["outcome"] == "done"]
        self.assertEqual(["block: fp32, contiguous, ONNX Runtime"], [line["name"] for line in done])
        self.assertTrue(done[0]["outputs"][0]["agrees"])
        self.assertEqual(2, done[0]["times"]["callsTakingTurns"])
        self.assertEqual(
            {"missing: ONNX Runtime is measured in fp32, contiguous, on a CPU"},
            {"%(outcome)s: %(reason)s" % line for line in result[1:] if line not in done},
        )

    def test_a_gpu_without_its_provider_is_named(self):
        stand = Stand()
        with contextlib.ExitStack() as stack:
            for patch in stand.patches():
                stack.enter_context(patch)
            stack.enter_context(mock.patch.object(onnx_runtime, "_gpu_provider", "NoProvider"))
            code, _, err, result = self.run_script(
                *QUICK, "--model", self.model, "--only", "*ONNX Runtime", "--precisions", "fp16"
            )
        self.assertEqual(0, code, err)
        self.assertEqual({"missing"}, {line["outcome"] for line in result[1:]})
        self.assertIn("has no NoProvider, only ", result[1]["reason"])

    def test_the_path_of_a_gpu_with_sessions_on_the_cpu(self):
        """The provider is the CPU's: forms, rotation and the conversion to fp16 are real, times not."""
        stand = Stand()
        with contextlib.ExitStack() as stack:
            for patch in stand.patches():
                stack.enter_context(patch)
            stack.enter_context(
                mock.patch.object(onnx_runtime, "_gpu_provider", "CPUExecutionProvider")
            )
            stack.enter_context(mock.patch.object(onnx_runtime, "_gpu_memory", "cpu"))
            given = stack.enter_context(
                mock.patch.object(onnx_runtime, "provider_options", return_value={})
            )
            code, _, err, result = self.run_script(
                *QUICK, "--model", self.model, "--only", "*ONNX Runtime", "--precisions", "fp16,fp32"
            )
        self.assertEqual(0, code, err)
        self.assertEqual(4, given.call_count)
        lines = result[1:]
        self.assertEqual(["done"] * 4, [line["outcome"] for line in lines], err)
        self.assertEqual("block: fp16, channels-last, ONNX Runtime", lines[0]["name"])
        for line in lines:
            self.assertLessEqual(line["copies"], onnx_runtime.MOST_SESSIONS)
            self.assertEqual(line["copies"], line["times"]["callsTakingTurns"])
            self.assertEqual(line["exceedsCacheTwice"], line["bytes"] > 2 * 4096)
            self.assertEqual(3, len(line["times"]["device"]["samples"]))
            self.assertEqual(1, line["warm"]["callsTakingTurns"])

    def test_the_options_of_the_cuda_provider(self):
        with mock.patch.object(timing, "on_gpu", lambda device: True):
            options = onnx_runtime.provider_options(
                torch.device("cuda", 1), "fp16", "channels-last", mock.Mock(cuda_stream=7)
            )
        self.assertEqual(("1", "7", "1"), tuple(
            options[key] for key in ("device_id", "user_compute_stream", "prefer_nhwc")
        ))
        self.assertTrue(all(isinstance(value, str) for value in options.values()))


if __name__ == "__main__":
    unittest.main()
