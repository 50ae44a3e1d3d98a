"""What was measured is kept, and taken from its file when it is asked for again."""

import json
from math import inf
from pathlib import Path

import pytest

from tests.bench.levels.results import Agreement, Component, Converted, LevelResult, Measured, load_result, save
from tests.bench.levels.settings import TINY

MEASURED = Measured((1.0, 3.0, 2.0), (4.0,), (5.0, 7.0), 8)
RESULT = LevelResult(
    "fp16/none",
    "2026-01-01T00:00+00:00",
    TINY,
    True,
    {"unet": "a key"},
    Converted(3.0, 1.0, 2.0, 10, 20, {"unet": 5, "vae_decoder": 6}, {"unet": 60.5, "vae_decoder": inf}),
    {
        "unet": Component({"fp16/none": MEASURED, "optimum": MEASURED}, Agreement(0.0, inf)),
        "vae_decoder": Component({"fp16/none": MEASURED}, None),
    },
)


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    save(RESULT, tmp_path / "results" / "one.json")

    assert load_result(tmp_path / "results" / "one.json") == RESULT


def test_what_is_not_there_is_no_result(tmp_path: Path) -> None:
    assert load_result(tmp_path / "one.json") is None


@pytest.mark.parametrize("missing", ["templates", "components", "converted"])
def test_what_another_version_wrote_is_no_result(missing: str, tmp_path: Path) -> None:
    save(RESULT, tmp_path / "one.json")
    raw = json.loads((tmp_path / "one.json").read_text())
    del raw[missing]
    (tmp_path / "one.json").write_text(json.dumps(raw))

    assert load_result(tmp_path / "one.json") is None


def test_ratios_are_of_medians_and_of_what_was_run() -> None:
    assert (MEASURED.load_s, MEASURED.load_all_s, MEASURED.step_s) == (2.0, 4.0, 6.0)
    assert RESULT.ratio("unet", "load_s", "optimum") == 1.0
    assert RESULT.ratio("vae_decoder", "load_s", "optimum") is None


def test_a_sum_needs_every_component() -> None:
    assert RESULT.whole("load_s", "fp16/none") == 4.0
    assert RESULT.whole("load_s", "optimum") is None
