import contextlib
import io
import unittest
from unittest import mock

import requirements  # noqa: F401  (puts the scripts on the path)

from work import Budget, Skip, Step, run_all


class WorkTest(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.done = []

    def step(self, priority, label, seconds, error=None):
        def run():
            if error:
                raise error
            self.now += seconds
            self.done.append(label)

        return Step(priority, label, seconds, run)

    def run_steps(self, steps, budget, on_gpu=False):
        """Outcome and reason of every step, in the order in which they were emitted."""
        emitted = []
        with contextlib.redirect_stderr(io.StringIO()):
            lines = run_all(steps, budget, on_gpu, emitted.append)
        self.assertEqual(lines, emitted)
        return [(line["name"], line["outcome"], line.get("reason")) for line in lines]

    def test_important_steps_come_first_and_the_rest_is_listed(self):
        budget = Budget(10, lambda: self.now)
        steps = [self.step(2, "c", 3), self.step(0, "a", 6), self.step(1, "b", 5)]
        steps.append(self.step(3, "d", 2))
        none = "no time was left"
        self.assertEqual(
            [
                ("a", "done", None),
                ("b", "left out", none),
                ("c", "done", None),
                ("d", "left out", none),
            ],
            self.run_steps(steps, budget),
        )
        self.assertEqual(["a", "c"], self.done)

    def test_a_failing_step_costs_only_itself(self):
        steps = [
            self.step(0, "a", 1, Skip("no GPU")),
            self.step(0, "b", 1, ValueError("odd\nsecond line")),
            self.step(0, "c", 1),
        ]
        self.assertEqual(
            [
                ("a", "missing", "no GPU"),
                ("b", "failed", "ValueError: odd"),
                ("c", "done", None),
            ],
            self.run_steps(steps, Budget(None)),
        )

    def test_nothing_is_begun_on_a_lost_gpu(self):
        steps = [self.step(0, "a", 1, RuntimeError("illegal address")), self.step(0, "b", 1)]
        with mock.patch("work._recover", lambda: False):
            lines = self.run_steps(steps, Budget(None), True)
        self.assertEqual(("b", "left out", "the GPU was lost in: a"), lines[1])


if __name__ == "__main__":
    unittest.main()
