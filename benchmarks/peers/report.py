"""The result as a file and as a table."""

import json
import os
import re
import sys
from typing import Dict, List, Optional


def figure(variant: Dict) -> Dict:
    """The times that count: on the device where there is one, else the host's."""
    return variant["times"].get("device") or variant["times"]["host"]


def agrees(variant: Dict) -> bool:
    return all(output["agrees"] for output in variant.get("outputs", []))


def with_best(record: Dict) -> Dict:
    """Adds `best`: for each precision the fastest variant, by the median, whose outputs agree."""
    best: Dict[str, Dict] = {}
    for variant in record["variants"]:
        if not agrees(variant):
            continue
        precision = variant["precision"]
        if precision not in best or figure(variant)["p50"] < best[precision]["p50"]:
            times = figure(variant)
            best[precision] = {
                "name": variant["name"],
                "min": times["min"],
                "p50": times["p50"],
                "p99": times["p99"],
            }
    return dict(record, best=best)


def differing(result: Dict) -> List[str]:
    """The variants whose outputs differ from the reference."""
    return [
        "%s: %s" % (record["file"], variant["name"])
        for record in result["data"]["models"]
        for variant in record["variants"]
        if not agrees(variant)
    ]


def write(path: str, result: Dict) -> None:
    """Writes a result; a half-written file never gets the name."""
    temporary = path + ".part"
    with open(temporary, "w", encoding="utf-8") as file:
        text = json.dumps(result, indent=1, allow_nan=False)
        # Samples on one line, not one each.
        text = re.sub(r"\[[-+.eE0-9,\s]+\]", lambda m: " ".join(m.group(0).split()), text)
        file.write(text + "\n")
    os.replace(temporary, path)


def table(result: Dict, out=sys.stdout) -> None:
    """Prints the best of each model and layer, what differs, and what is missing."""
    data = result["data"]
    software = data["software"]
    out.write(
        "%s, torch %s, CUDA %s, cuDNN %s, triton %s\n"
        % (
            result["environment"]["device"]["name"],
            software["torch"],
            software["torchCuda"],
            software["cudnn"],
            software["triton"],
        )
    )
    rows = [("model or layer", "form", "prec.", "p50 us", "p99 us", "best variant")]
    for record in data["models"]:
        rows += _rows("%s %s" % (record["model"], record["ranks"] or ""), record)
    for record in data["layers"]:
        shape = record["shape"]
        name = "%s %dx%d %d->%d" % (
            record["set"],
            shape["height"],
            shape["width"],
            shape["rankIn"],
            shape["rankOut"],
        )
        rows += _rows(name, record)
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        cells = [row[i].rjust(widths[i]) if i in (3, 4) else row[i].ljust(widths[i]) for i in range(5)]
        out.write("  ".join(cells + [row[5]]).rstrip() + "\n")
    for name in differing(result):
        out.write("differs from the reference: %s\n" % name)
    for lack in data["missing"]:
        out.write("missing: %s (%s)\n" % (lack["what"], lack["reason"]))
    for skip in data["skipped"]:
        out.write("skipped: %d steps, %s\n" % (len(skip["steps"]), skip["reason"]))
    left: Optional[List[str]] = data["budget"]["leftOut"]
    if left:
        out.write("left out for lack of time: %d steps, from '%s' on\n" % (len(left), left[0]))


def _rows(name: str, record: Dict) -> List[tuple]:
    return [
        (name, record["form"], precision, "%.2f" % best["p50"], "%.2f" % best["p99"], best["name"])
        for precision, best in record["best"].items()
    ]
