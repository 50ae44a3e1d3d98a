"""Benchmarks: each claim about speed and memory, measured against a reference in the same run; not in the suite."""
