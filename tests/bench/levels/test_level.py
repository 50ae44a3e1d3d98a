"""Levels as they are written, and what this version says of them."""

import argparse

import pytest

from converter.registry import Optimize, Precision
from tests.bench.levels.level import ALL, Level, parse_levels

PLAIN, FUSED = (Level(Precision.FP16, optimize) for optimize in (Optimize.NONE, Optimize.FUSED))


def test_every_level_is_read_as_it_is_written() -> None:
    assert parse_levels(",".join(map(str, ALL))) == ALL


def test_the_same_level_twice_is_one() -> None:
    assert parse_levels("fp16/none, fp16/none") == (PLAIN,)


@pytest.mark.parametrize("text", ["fp16", "fp16/", "half/none", "fp16/none/x", ""])
def test_what_is_no_level_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected PRECISION/OPTIMIZE of fp32"):
        parse_levels(text)


def test_a_fused_level_is_compared_with_the_same_precision() -> None:
    assert (FUSED.plain, PLAIN.plain) == (PLAIN, None)


def test_what_is_built_is_not_refused_and_the_rest_says_why() -> None:
    assert PLAIN.refusal is None
    # Fused graphs for one maker's GPUs run nowhere else, so the benchmark never lists them by itself.
    assert "not built" in (Level(Precision.FP32, Optimize.FUSED_CUDA).refusal or "")
