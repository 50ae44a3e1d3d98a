"""A recorded run is read as it was written, and the next one is compared with what it measured, not with itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.figures import CP, Figure, Kind
from tests.bench.suite.benchmarks import Size
from tests.bench.suite.record import Record, earlier_of, key, load, save
from tests.bench.suite.rows import HEAD, rows
from tests.bench.suite.samples import CONVERT, LEVELS, RECORD, SCHEDULES, SD15

CP_KEY = f"{CONVERT}, beside {CP} of the checkpoint"


def cells(record: Record, figure: str) -> dict[str, str]:
    row = next(row for row in rows(record) if row[1] == figure)
    return dict(zip(HEAD, row, strict=True))


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    save(RECORD, tmp_path / "docs" / "benchmarks.json")

    assert load(tmp_path / "docs" / "benchmarks.json") == RECORD


def test_where_none_was_recorded_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "benchmarks.json") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"size": "small"}'])
def test_what_is_no_record_is_refused_with_what_to_do(text: str, tmp_path: Path) -> None:
    (tmp_path / "benchmarks.json").write_text(text)

    with pytest.raises(ValueError, match=r"benchmarks\.json: found no record.*delete it"):
        load(tmp_path / "benchmarks.json")


def test_a_later_run_is_compared_with_what_the_record_measured() -> None:
    again = replace(SD15, measured_at="2026-02-02 00:00")

    found = earlier_of(RECORD, Size.FULL, (again,))

    assert found["convert_sd15"].measured_at == SD15.measured_at
    assert found["convert_sd15"].values[CP_KEY] == 5.4


def test_a_page_that_is_written_again_is_compared_with_the_same_run_as_before() -> None:
    assert earlier_of(RECORD, Size.FULL, RECORD.results) == RECORD.earlier


def test_what_was_not_measured_now_or_then_is_not_carried_over() -> None:
    before = replace(RECORD, results=(LEVELS,))

    assert earlier_of(before, Size.FULL, (SD15, SCHEDULES)) == {}
    assert [row[0] for row in rows(replace(RECORD, results=(SCHEDULES,), failed={}))] == ["random_schedules"]


@pytest.mark.parametrize("previous", [None, replace(RECORD, size=Size.QUICK)])
def test_without_a_run_of_the_same_size_there_is_nothing_to_compare_with(previous: Record | None) -> None:
    assert earlier_of(previous, Size.FULL, (SD15,)) == {}


def test_a_row_has_the_figure_its_reference_its_promise_and_the_run_before() -> None:
    assert cells(RECORD, CONVERT) == {
        "Benchmark": "convert_sd15",
        "Figure": CONVERT,
        "Ours": "5.40 s",
        "Reference": f"{CP} of the checkpoint",
        "Its figure": "8.40 s",
        "Ratio": "0.64",
        "Promised": "ratio at most 1.00: held",
        "Previous": "6.00 s",
        "Ratio to it": "0.90",
    }


def test_only_what_has_a_size_has_a_ratio_to_the_run_before() -> None:
    row = cells(RECORD, "unet: largest difference from PyTorch")

    assert (row["Previous"], row["Ratio to it"]) == ("6e-06", "")


def test_a_figure_that_is_new_has_no_run_before() -> None:
    row = cells(RECORD, f"{CONVERT}: peak anonymous memory")

    assert (row["Ours"], row["Previous"], row["Ratio to it"]) == ("76 MB", "", "")


def test_every_figure_of_a_benchmark_has_a_key_of_its_own() -> None:
    keys = [key(figure) for figure in SD15.figures]

    assert len(set(keys)) == len(keys)
    assert key(Figure("x", Kind.COUNT, 1)) == "x"


def test_what_was_missed_is_named() -> None:
    assert RECORD.missed == (
        "levels: `fp32/none`, unet: step, beside optimum-onnx 0.1.0: found 1.11, expected ratio at most 1.05",
    )
