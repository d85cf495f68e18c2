"""Measurements, outside of the suite: `python -m tests.bench`. They print ratios against a floor measured in the same run."""
