import contextlib
import io
import unittest

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

    def run_steps(self, steps, budget):
        with contextlib.redirect_stderr(io.StringIO()):
            return run_all(steps, budget, False)

    def test_important_steps_come_first_and_the_rest_is_listed(self):
        budget = Budget(10, lambda: self.now)
        steps = [self.step(2, "c", 3), self.step(0, "a", 6), self.step(1, "b", 5)]
        steps.append(self.step(3, "d", 2))
        skipped = self.run_steps(steps, budget)
        self.assertEqual(["a", "c"], self.done)
        self.assertEqual(["b", "d"], budget.left_out)
        self.assertEqual([], skipped)

    def test_a_failing_step_costs_only_itself(self):
        steps = [
            self.step(0, "a", 1, Skip("no GPU")),
            self.step(0, "b", 1, ValueError("odd\nsecond line")),
            self.step(0, "c", 1, Skip("no GPU")),
            self.step(0, "d", 1),
        ]
        skipped = self.run_steps(steps, Budget(None))
        self.assertEqual(["d"], self.done)
        self.assertEqual(
            [
                {"reason": "no GPU", "steps": ["a", "c"]},
                {"reason": "failed: ValueError: odd", "steps": ["b"]},
            ],
            skipped,
        )

    def test_what_was_done_is_saved_now_and_then(self):
        saves = []
        steps = [self.step(0, "a", 15), self.step(0, "b", 15, Skip("odd")), self.step(0, "c", 15)]
        with contextlib.redirect_stderr(io.StringIO()):
            run_all(steps, Budget(100, lambda: self.now), False, saves.append)
        self.assertEqual([[{"reason": "odd", "steps": ["b"]}]], saves)


if __name__ == "__main__":
    unittest.main()
