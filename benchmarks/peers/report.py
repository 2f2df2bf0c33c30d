"""The result as lines of JSON, each written the moment it is known, and as a table."""

import json
import os
import sys
from typing import Dict, List, Set

FORMAT = 2


class Log:
    """A file of lines: what the run began with, then a line for each step."""

    def __init__(self, path: str):
        self.path = path

    def known(self) -> Set[str]:
        """Names of the steps that an earlier run finished with."""
        if not os.path.exists(self.path):
            return set()
        with open(self.path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return {line["name"] for line in lines if line.get("outcome", "left out") != "left out"}

    def begin(self, environment: Dict, software: Dict, missing: List[Dict]) -> None:
        self.write(
            {
                "format": FORMAT,
                "kind": "peers",
                "environment": environment,
                "software": software,
                "missing": missing,
            }
        )

    def write(self, line: Dict) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def table(lines: List[Dict], out=sys.stdout) -> None:
    """Prints the best form of each model and layer, and how many came to what."""
    best: Dict[tuple, Dict] = {}
    for line in lines:
        if line["outcome"] == "done":
            key = (line.get("network") or line["layer"], line.get("ranks", ""), line["form"], line["precision"])
            if key not in best or line["measuredMicroseconds"] < best[key]["measuredMicroseconds"]:
                best[key] = line
    for key, line in best.items():
        out.write("%-44s %10.2f us  %s\n" % (" ".join(key), line["measuredMicroseconds"], line["variant"]["name"]))
    counts: Dict[str, int] = {}
    for line in lines:
        counts[line["outcome"]] = counts.get(line["outcome"], 0) + 1
    out.write("peers: %s\n" % ", ".join("%d %s" % (n, o) for o, n in counts.items()))
