import unittest

import requirements

requirements.skip_module_without_torch()

import timing


class TimingTest(unittest.TestCase):
    def test_percentiles_are_samples(self):
        samples = [float(n) for n in range(100, 0, -1)]
        self.assertEqual(50.0, timing.percentile(samples, 50))
        self.assertEqual(99.0, timing.percentile(samples, 99))
        self.assertEqual(7.0, timing.percentile([7.0], 99))
        self.assertEqual(2.0, timing.percentile([1.0, 2.0, 3.0], 50))

    def test_a_summary_keeps_the_raw_samples(self):
        summary = timing.summary([3.0, 1.0, 2.0])
        self.assertEqual([3.0, 1.0, 2.0], summary["samples"])
        self.assertEqual((1.0, 2.0, 3.0), (summary["min"], summary["p50"], summary["max"]))

    def test_copies_exceed_the_cache(self):
        self.assertEqual(2, timing.copies_for(1 << 30, 50 << 20))
        self.assertEqual(11, timing.copies_for(10 << 20, 50 << 20))
        self.assertEqual(timing.MOST_COPIES, timing.copies_for(1, 50 << 20))

    def test_calls_take_turns(self):
        seen = []
        calls = [lambda: seen.append(0), lambda: seen.append(1)]
        times = timing.host_times(calls, 5, lambda: None)
        self.assertEqual([0, 1, 0, 1, 0], seen)
        self.assertEqual(5, len(times))
        self.assertTrue(all(time >= 0 for time in times))


if __name__ == "__main__":
    unittest.main()
