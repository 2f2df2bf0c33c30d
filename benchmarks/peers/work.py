"""Steps in order of importance, inside a budget; what was left out and why is remembered."""

import sys
import time
from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional


class Skip(Exception):
    """A step that this machine cannot do. The message says what is missing."""


@dataclass(frozen=True)
class Step:
    """Something to measure.

    `priority`: lower comes first; equal ones stay in order. `seconds`: how long it probably takes;
    it is not begun when less is left. `run` returns what the line shall hold beside `about`.
    """

    priority: int
    label: str
    seconds: float
    run: Callable[[], Optional[Dict]]
    about: Dict = field(default_factory=dict)


class Budget:
    """Seconds from now on; None is no limit."""

    def __init__(self, seconds: Optional[float], clock: Callable[[], float] = time.monotonic):
        self.seconds = seconds
        self.clock = clock
        self.start = clock()
        self.left_out: List[str] = []

    def used(self) -> float:
        return self.clock() - self.start

    def remaining(self) -> float:
        return float("inf") if self.seconds is None else max(0.0, self.seconds - self.used())

    def allows(self, label: str, seconds: float) -> bool:
        if self.remaining() > 0 and self.remaining() >= seconds:
            return True
        self.left_out.append(label)
        return False


def run_all(
    steps: List[Step], budget: Budget, on_gpu: bool, emit: Callable[[Dict], None]
) -> List[Dict]:
    """Runs the steps. What came of each is handed to `emit` before the next one begins.

    A failing step is recorded with its error and the others go on; after an error of the GPU, which
    may have spoiled the context for good, nothing more is begun.
    """
    lines: List[Dict] = []
    lost = ""
    ordered = sorted(steps, key=lambda step: step.priority)
    for number, step in enumerate(ordered, 1):
        line: Dict = {"name": step.label, "outcome": "done", "seconds": 0.0}
        line.update(step.about)
        begun = budget.used()
        if lost:
            line.update(outcome="left out", reason="the GPU was lost in: " + lost)
        elif not budget.allows(step.label, step.seconds):
            line.update(outcome="left out", reason="no time was left")
        else:
            progress("[%d/%d] %s" % (number, len(ordered), step.label))
            try:
                line.update(step.run() or {})
            except Skip as reason:
                line.update(outcome="missing", reason=str(reason))
            except Exception as error:  # What one step meets must not cost the others.
                text = "%s: %s" % (type(error).__name__, first_line(error))
                line.update(outcome="failed", reason=text)
                if on_gpu and not _recover():
                    lost = step.label
        line["seconds"] = round(budget.used() - begun, 3)
        if "reason" in line:
            progress("        %s: %s" % (line["outcome"], line["reason"]))
        lines.append(line)
        emit(line)
    return lines


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"


def _recover() -> bool:
    """Frees what a failed step left behind; false where the GPU does not answer any more."""
    import gc

    import torch

    gc.collect()
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        return True
    except RuntimeError as error:
        progress("        the GPU does not recover: %s" % first_line(error))
        return False


def progress(text: str) -> None:
    """A line for people, on standard error."""
    print("peers: " + text, file=sys.stderr, flush=True)
