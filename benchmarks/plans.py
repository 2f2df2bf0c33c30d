#!/usr/bin/env python3
"""Writes the table of predicted plans: `--ranks latency` on networks of the zoo.

For every network, target, precision and batch one line of JSON: what the performance model predicts
of the dense network and of the plan. Nothing is measured. Lines that the output has are kept, so an
interrupted run goes on where it stopped.

    benchmarks/plans.py --max-error 2 --output benchmarks/results/predicted/plans.jsonl
    benchmarks/plans.py --table benchmarks/results/predicted/plans.jsonl

Zoo weights are random, so that a unit of error says little; what the table shows is how much time a
device gains for it, and where nothing pays.
"""

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time

NETWORKS = {
    "resnet18": None,
    "resnet50": None,
    "vgg16_bn": None,
    "densenet121": None,
    "mobilenetv2": None,
    "squeezenet1.1": None,
    "vdsr": "1080x1920",
    "dncnn": "1080x1920",
    "unet": "1088x1920",
    "espcn": "1080x1920",
    "style_transfer": "1080x1920",
}
TARGETS = ["h200", "h100", "a100", "rtx4090", "t4"]
PRECISIONS = ["fp16", "fp32"]
BATCHES = [1, 32]
COLUMNS = ["network", "target", "precision", "batch", "maxError"]


def wanted(args):
    """The cases that were asked for, in the order of the table."""
    for case in itertools.product(
        args.networks, args.targets, args.precisions, args.batches, [args.max_error]
    ):
        # An image of two million pixels is a batch by itself.
        if not (NETWORKS[case[0]] and case[3] > 1):
            yield dict(zip(COLUMNS, case))


def plan(tuckerc, model, case):
    """Runs `tuckerc decompose` and keeps what the plan says of the whole network."""
    start = time.monotonic()
    done = subprocess.run(
        [
            tuckerc, "decompose", str(model), "--json", "--quiet", "--ranks", "latency",
            "--max-error", str(case["maxError"]), "--target", case["target"],
            "--precision", case["precision"],
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    line = dict(case)
    network = report.get("network")
    layers = report["layers"]
    line["layers"] = len(layers)
    line["decomposed"] = sum(layer["form"] != "dense" for layer in layers)
    if network:
        for key in ("denseMicroseconds", "microseconds", "error", "gap"):
            line[key] = round(network[key], 4)
    line["planSeconds"] = round(time.monotonic() - start, 1)
    return line


def write(args):
    output = pathlib.Path(args.output)
    known = [json.loads(text) for text in output.read_text().splitlines()] if output.exists() else []
    there = [[line[column] for column in COLUMNS] for line in known]
    with tempfile.TemporaryDirectory() as folder, output.open("a") as lines:
        for case in wanted(args):
            if [case[column] for column in COLUMNS] in there:
                continue
            model = pathlib.Path(folder) / f"{case['network']}-{case['batch']}.onnx"
            if not model.exists():
                size = NETWORKS[case["network"]]
                subprocess.run(
                    [args.tuckerc, "zoo", case["network"], "-o", str(model), "--quiet",
                     "--batch", str(case["batch"])] + (["--size", size] if size else []),
                    check=True, stdout=subprocess.DEVNULL,
                )  # fmt: skip
            try:
                line = plan(args.tuckerc, model, case)
            except subprocess.CalledProcessError as error:
                sys.exit(f"{case}: {error.stderr.strip()}")
            lines.write(json.dumps(line) + "\n")
            lines.flush()


def table(path):
    """The lines as a table in Markdown."""
    print("| network | target | precision | batch | dense us | planned us | gain | error | layers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for text in pathlib.Path(path).read_text().splitlines():
        line = json.loads(text)
        if "microseconds" not in line:
            figures = ["-"] * 4
        else:
            gain = line["denseMicroseconds"] / line["microseconds"]
            figures = [
                f"{line['denseMicroseconds']:.1f}", f"{line['microseconds']:.1f}",
                f"{gain:.2f}x", f"{line['error']:.2f}",
            ]  # fmt: skip
        cells = [line["network"], line["target"], line["precision"], line["batch"], *figures]
        cells.append(f"{line['decomposed']} of {line['layers']}")
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tuckerc", default="./tuckerc", help="the command")
    parser.add_argument("--output", default="benchmarks/results/predicted/plans.jsonl")
    parser.add_argument("--table", help="print the lines of this file as a table")
    parser.add_argument("--max-error", type=float, default=2.0)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=TARGETS)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    args = parser.parse_args()
    if args.table:
        table(args.table)
    else:
        write(args)


if __name__ == "__main__":
    main()
