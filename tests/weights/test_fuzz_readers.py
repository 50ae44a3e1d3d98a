"""Changed weight files through all readers: the short version of `python -m tests.bench.fuzz_readers`."""

from tests.bench.fuzz_readers import MOST_GROWN_BYTES
from tests.support.fuzzing import fuzz

READERS = ("safetensors", "zip", "zip with its checksum", "legacy", "pickle")


def test_only_our_own_errors_come_out_of_changed_files_and_memory_stays_bounded() -> None:
    report = fuzz(5_000, seed=20261124)

    assert report.failures == []
    assert report.grown_bytes < MOST_GROWN_BYTES
    assert set(report.outcomes) == {f"{name}: {outcome}" for name in READERS for outcome in ("read", "WeightsError")}


def test_a_seed_gives_the_same_files_again() -> None:
    assert fuzz(500, seed=1).outcomes == fuzz(500, seed=1).outcomes
    assert fuzz(500, seed=1).outcomes != fuzz(500, seed=2).outcomes
