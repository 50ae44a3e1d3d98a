"""The page says what the figures are, and no figure that there is not."""

import re
from dataclasses import replace

from tests.bench.levels.bounds import Bound
from tests.bench.levels.machine import Machine
from tests.bench.levels.page import page
from tests.bench.levels.report import Report
from tests.bench.levels.results import Agreement, Component, Converted, Exported, LevelResult, Measured
from tests.bench.levels.settings import FULL
from tests.bench.levels.sizes import Sizes

CONVERTED = Converted(30.0, 5.5, 20.0, 76_000_000, 1_500_000_000, {"unet": 3_438_100_000}, {"unet": 123.4})
OURS = Measured((0.9, 0.9), (8.0,), (5.0,), 4_000_000_000)
PLAIN = Measured((1.0, 1.0), (8.0,), (5.0,), 5_000_000_000)
THEIRS = Measured((1.2, 1.2), (10.0,), (6.25,), 5_000_000_000)
FUSED = LevelResult(
    "fp32/fused",
    "2026-01-01 00:00",
    FULL,
    True,
    {},
    CONVERTED,
    {"unet": Component({"fp32/fused": OURS, "optimum": THEIRS, "fp32/none": PLAIN}, Agreement(1e-6, 119.5))},
)
LEVELS = {level: {"unet": 3_438_100_000} for level in ("fp32/none", "fp32/fused")}
REPORT = Report(
    command="python -m tests.bench.levels",
    machine=Machine("A processor", 2, 24_000_000_000, "Linux 6", {"onnxruntime": "1.32.0"}),
    settings=FULL,
    optimum=Exported(180.0, 4_650_000_000, {"unet": 3_439_000_000}),
    results={"fp32/fused": FUSED},
    refused={"int8/none": "`precision: int8` is not built yet"},
    sizes={"sd1": Sizes(3_438_000_000, LEVELS), "sdxl": Sizes(10_270_000_000, LEVELS)},
    bounds=(Bound("load", "at most 1.0", "0.750", held=True), Bound("step", "at most 1.05", "1.100", held=False)),
)


def rows(text: str, first: str) -> list[list[str]]:
    """Of all tables, those that begin with a cell."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] == first]


def test_a_component_has_its_figures_and_their_ratios_to_optimum() -> None:
    row = rows(page(REPORT), "`fp32/fused`")[1]

    assert row[1:] == ["unet", "3438.1", "", "0.900", "0.75", "5.00", "0.80", "4.00", "0.80", "123.4", "119.5"]


def test_the_whole_of_a_level_has_what_it_took_to_convert() -> None:
    row = rows(page(REPORT), "`fp32/fused`")[0]

    assert row[1:6] == ["**all**", "3438.1", "5.50", "0.900", "0.75"]


def test_optimum_has_a_row_of_its_own() -> None:
    whole, unet, converting = rows(page(REPORT), "optimum")

    assert whole[1:5] == ["**all**", "3439.0", "180.00", "1.20"]
    assert unet[1:9] == ["unet", "3439.0", "", "1.20", "", "6.25", "", "5.00"]
    assert converting[1] == "180.00"


def test_fused_is_shown_beside_the_same_precision() -> None:
    assert ["`fp32/fused`", "unet", "0.90", "1.00", "0.80"] in rows(page(REPORT), "`fp32/fused`")


def test_what_is_not_built_is_said() -> None:
    assert rows(page(REPORT), "`int8/none`")[0][1] == "not built"
    assert "- `int8/none`: `precision: int8` is not built yet" in page(REPORT)


def test_what_was_not_held_is_said() -> None:
    text = page(REPORT)

    assert "1 of 2 held." in text
    assert [row[3] for row in (*rows(text, "load"), *rows(text, "step"))] == ["held", "**not held**"]


def test_sizes_are_beside_those_of_the_guide() -> None:
    assert rows(page(REPORT), "fp32-optimized") == [["fp32-optimized", "4.0", "`fp32/fused`", "3.438", "3.20", "1.000"]]


def test_a_release_that_is_not_as_large_as_computed_is_pointed_at() -> None:
    other = replace(FUSED, converted=replace(CONVERTED, size_bytes={"unet": 7}))

    assert "was converted to" not in page(REPORT)
    assert "**`fp32/fused` was converted to 7, computed was" in page(replace(REPORT, results={"fp32/fused": other}))


def test_every_row_has_as_many_cells_as_its_head() -> None:
    for block in re.findall(r"(?:^\|.*\n)+", page(REPORT), re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
