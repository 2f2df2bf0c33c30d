#!/usr/bin/env python3
"""Measures the strongest forms of the same models and layers in PyTorch, cuDNN and ONNX Runtime.

    peers.py --model resnet18.onnx --model resnet18-tucker.onnx --layers tdc-layers.csv \\
        --budget 600 --output peers.jsonl

Needs Python 3.9, numpy and torch; ONNX Runtime is measured where it is installed with a provider for
the device. What else is missing is named and left out. A line of JSON is written for each step, of the
same form as the laboratory's other results; a table goes to standard output and progress to standard
error. Exit codes: 0 done, 1 an output differs from the reference, 2 the command line or a file it names
cannot be used, 4 a package or device is missing.
"""

import argparse
import fnmatch
import os
import sys

if sys.version_info < (3, 9):
    sys.exit("peers: error: Python 3.9 or newer is needed, this is " + sys.version.split()[0])

import machine
import onnx_reader
import work

SETS = "core,tucker"


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="peers.py",
        description="Measures the strongest PyTorch and cuDNN forms of models and layers.",
    )
    add = parser.add_argument
    add("--model", action="append", default=[], metavar="FILE.onnx", help="may be repeated")
    add("--layers", metavar="FILE.csv", help="TDC's layers")
    add("--sets", default=SETS, help="sets of layers, by how they begin (default: %(default)s)")
    add("--reference", metavar="DIR", help="DIR/STEM/{inputs,outputs}/NAME.npy to compare with")
    add("--write-outputs", metavar="DIR", help="write this script's own outputs there")
    add("--device", default="auto", help="auto, cuda, cuda:N or cpu (default: auto)")
    add("--precisions", default="fp16,fp32,tf32,bf16", help="default: %(default)s")
    add("--budget", type=float, metavar="SECONDS", help="begin no step after this time")
    add(
        "--samples",
        type=int,
        default=200,
        help="of a model's times, a quarter of them of a layer's (default: %(default)s)",
    )
    add("--warm-up", type=float, default=0.05, metavar="SECONDS", help="default: %(default)s")
    add("--only", metavar="GLOB", help="only the steps whose label fits, as in '*fp16*graph'")
    add("--strong", action="store_true", help="only the strong forms, torch.compile for ResNet-18")
    add("--resume", action="store_true", help="leave out the steps that the result has")
    add("--tiny", action="store_true", help="layers of at most 8x8x8: to try the script")
    add("--cudnn-api", choices=("v8", "v7"), default="v8", help="which interface torch uses")
    add("--commit", default="unknown", help="of the project, for the result")
    add("--output", metavar="FILE.jsonl", help="lines of JSON are appended to it")
    add("--list", action="store_true", help="print the steps in their order and stop")
    options = parser.parse_args(arguments)
    if not options.model and not options.layers:
        parser.error("nothing to measure: give --model or --layers")
    if options.samples < 1:
        parser.error("--samples must be at least 1")
    return options


def fail(code, message):
    print("peers: error: " + message, file=sys.stderr)
    return code


def main(arguments):
    options = parse_arguments(arguments)
    budget = work.Budget(options.budget)
    missing = machine.missing_packages()
    if missing:
        text = "; ".join("%s (%s)" % (m["what"], m["reason"]) for m in missing)
        return fail(4, "%s lacks %s; name another Python" % (sys.executable, text))
    if options.cudnn_api == "v7":
        os.environ["TORCH_CUDNN_V8_API_DISABLED"] = "1"

    import torch

    import layers
    import models
    import onnx_runtime
    import report
    import variants

    precisions = options.precisions.split(",")
    unknown = [p for p in precisions if p not in variants.PRECISIONS]
    if unknown:
        return fail(2, "--precisions: no %s; there are %s" % (unknown, variants.PRECISIONS))
    chosen = options.device
    if chosen == "auto":
        chosen = "cuda" if torch.cuda.is_available() else "cpu"
    if chosen.startswith("cuda") and not torch.cuda.is_available():
        return fail(4, "--device %s: torch %s sees no GPU" % (chosen, torch.__version__))
    try:
        device = torch.device(chosen)
        if device.type == "cuda":
            device = torch.device("cuda", device.index or 0)
            torch.cuda.set_device(device)
    except RuntimeError as error:
        return fail(2, "--device %s: %s" % (chosen, work.first_line(error)))
    on_gpu = device.type == "cuda"

    try:
        loaded = []
        for path in options.model:
            work.progress("reading %s" % path)
            loaded.append(models.LoadedModel(path, options.reference))
        shapes = layers.read(options.layers, options.sets.split(",")) if options.layers else []
    except (onnx_reader.OnnxError, layers.LayersError, OSError) as error:
        return fail(2, str(error))
    if options.tiny:
        shapes = [layers.tiny(layer) for layer in shapes]

    steps = models.steps(
        loaded, device, precisions, options.samples, options.warm_up, options.write_outputs
    )
    steps += onnx_runtime.steps(loaded, device, precisions, options.samples, options.warm_up)
    steps += layers.steps(
        shapes, device, precisions, max(1, options.samples // 4), options.warm_up
    )
    if options.only:
        steps = [step for step in steps if fnmatch.fnmatch(step.label, options.only)]
    if options.strong:
        steps = [step for step in steps if strong(step)]
    log = report.Log(options.output) if options.output else None
    if options.resume and log:
        known = log.known()
        steps = [step for step in steps if step.label not in known]
    if options.list:
        for step in sorted(steps, key=lambda step: step.priority):
            print("%3d %6.1f s  %s" % (step.priority, step.seconds, step.label))
        return 0
    if log:
        log.begin(
            machine.environment(device, options.commit),
            dict(machine.software(device), method=method(on_gpu), tiny=options.tiny),
            machine.absent(device),
        )
    lines = work.run_all(steps, budget, on_gpu, log.write if log else lambda line: None)
    report.table(lines, sys.stdout)
    return 1 if any(line["outcome"] == "differs" for line in lines) else 0


def strong(step):
    """Whether a form may be the strongest; what compiling brings is asked of ResNet-18 alone."""
    if "compile" in step.label:
        return step.about.get("network") == "resnet18" and step.label.endswith("compile-graph")
    return step.priority < 20


def method(on_gpu):
    if not on_gpu:
        return "host clock around each call on CPU tensors; says nothing of a GPU"
    return (
        "device: events around each graph replay, enqueued in batches behind a busy kernel; "
        "around each call without a graph, at the host's pace; ONNX Runtime replays CUDA graphs, and "
        "submitsOnly says whether its calls return before the device is done. host: clock from call to end, one "
        "at a time. times: buffers rotate until they exceed the L2 cache twice (at most 4096 sets); "
        "warm: one set. Percentiles are samples (nearest rank). Inputs and outputs have the "
        "precision of the variant. Microseconds."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
