"""Benchmarks: each claim about speed and memory, measured against a reference in the same run. Not part of the suite."""
