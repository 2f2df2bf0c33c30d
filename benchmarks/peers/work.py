"""Steps in order of importance, inside a budget; what was left out and why is remembered."""

import sys
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional


# Between two saves of an unfinished result.
SAVE_SECONDS = 20.0


class Skip(Exception):
    """A step that this machine cannot do. The message says what is missing."""


@dataclass(frozen=True)
class Step:
    """Something to measure.

    `priority`: lower comes first; equal ones stay in order. `seconds`: how long it probably takes;
    it is not begun when less is left. `run` returns what the result shall hold.
    """

    priority: int
    label: str
    seconds: float
    run: Callable[[], Optional[Dict]]


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
    steps: List[Step],
    budget: Budget,
    on_gpu: bool,
    save: Callable[[List[Dict]], None] = lambda skipped: None,
) -> List[Dict]:
    """Runs the steps. A failing step is recorded with its error and the others go on.

    `save` is called now and then with what was skipped so far, so that a process that is ended
    from outside leaves what it had.
    """
    skipped: Dict[str, List[str]] = {}
    saved = budget.clock()
    ordered = sorted(steps, key=lambda step: step.priority)
    for number, step in enumerate(ordered, 1):
        if not budget.allows(step.label, step.seconds):
            continue
        progress("[%d/%d] %s" % (number, len(ordered), step.label))
        try:
            step.run()
        except Skip as reason:
            skipped.setdefault(str(reason), []).append(step.label)
            progress("        skipped: %s" % reason)
        except Exception as error:  # What one step meets must not cost the others.
            text = "%s: %s" % (type(error).__name__, first_line(error))
            skipped.setdefault("failed: " + text, []).append(step.label)
            progress("        failed: %s" % text)
            if on_gpu:
                _recover()
        if budget.clock() - saved >= SAVE_SECONDS:
            save(_listed(skipped))
            saved = budget.clock()
    return _listed(skipped)


def _listed(skipped: Dict[str, List[str]]) -> List[Dict]:
    return [{"reason": reason, "steps": list(labels)} for reason, labels in skipped.items()]


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"


def _recover() -> None:
    """Frees what a failed step left behind, if the GPU still answers."""
    import gc

    import torch

    gc.collect()
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except RuntimeError as error:
        progress("        the GPU does not recover: %s" % first_line(error))


def progress(text: str) -> None:
    """A line for people, on standard error."""
    print("peers: " + text, file=sys.stderr, flush=True)
