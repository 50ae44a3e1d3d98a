"""The page and the plot of a run that nobody measured; `samples.py` makes the goldens anew."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.figures import CP, OPTIMUM, Figure, Kind
from tests.bench.suite.benchmarks import ALL, Size
from tests.bench.suite.groups import Panel, panels
from tests.bench.suite.page import QUICK, page
from tests.bench.suite.plot import plot
from tests.bench.suite.record import Record
from tests.bench.suite.report import write
from tests.bench.suite.samples import GOLDENS, HOLDING, LEVELS, MACHINE, RECORD, SCHEDULES, SD15

BENCHMARKS = {benchmark.name: benchmark for benchmark in ALL}


def text_of(record: Record) -> str:
    return page(record, BENCHMARKS, "benchmarks.svg")


@pytest.mark.parametrize("name", ["benchmarks.md", "benchmarks.svg"])
def test_page_and_plot_are_the_goldens(name: str, tmp_path: Path) -> None:
    write(RECORD, BENCHMARKS, tmp_path / "benchmarks.md")

    assert (tmp_path / name).read_text() == (GOLDENS / name).read_text()


def test_the_same_run_is_written_in_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(RECORD, BENCHMARKS, tmp_path / name / "page.md") for name in ("a", "b"))

    assert [path.name for path in first] == ["page.md", "page.json", "page.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_missed_promise_and_a_failure_come_before_the_table() -> None:
    top = text_of(RECORD).split("## Figures")[0]

    assert "6 of 7 promises held." in top
    assert (
        "- **Missed: levels: `fp32/none`, unet: step, beside optimum-onnx 0.1.0: found 1.11, expected ratio at most "
        "1.05**" in top
    )
    assert "- **Failed: lora_table: it ended with 1 and wrote no figures**" in top
    assert "Missed" not in text_of(HOLDING)


def test_what_was_not_measured_is_listed_with_the_reason_and_without_a_figure() -> None:
    last = text_of(RECORD).split("## What is not here")[1]

    assert "- lora_table: The error of each LoRA dialect (failed)" in last
    assert "- fuzz_readers: Changed files in the readers of weights (not asked for)" in last
    assert "What is not here" not in text_of(HOLDING)


def test_a_run_before_on_another_machine_is_pointed_at() -> None:
    other = replace(RECORD, machine=replace(MACHINE, cores=64))

    assert "another machine" not in text_of(RECORD)
    assert "**on another machine: A processor, 2 cores** (convert_sd15)" in text_of(other)


def test_a_quick_run_says_that_it_is_one() -> None:
    assert QUICK in text_of(replace(RECORD, size=Size.QUICK))
    assert QUICK not in text_of(RECORD)


def test_every_result_has_its_command_and_how_it_was_measured() -> None:
    for result in RECORD.results:
        assert f"`{result.command}`" in text_of(RECORD)
        assert BENCHMARKS[result.benchmark].how in text_of(RECORD)
    assert f"- convert, templates warm, no parity, beside {CP} of the checkpoint: medians of 5" in text_of(RECORD)


def drawn() -> tuple[Panel, ...]:
    return panels(RECORD.results)


def test_the_plot_has_every_time_and_memory_beside_cp_or_optimum_and_nothing_else() -> None:
    shown = [[group.title for group in panel.groups] for panel in drawn()]

    assert shown == [
        ["convert_sd15: convert, templates warm, no parity", "convert_sd15: convert with parity"],
        ["levels: `fp32/none`, unet: load", "levels: `fp32/none`, unet: step"],
        ["convert_sd15: convert, templates warm, no parity: peak anonymous memory"],
    ]
    assert [mark.number for mark in drawn()[0].groups[0].marks] == [5.4, 8.4, 19.0, 182.4]
    assert panels([SCHEDULES]) == ()


def svg(panels: tuple[Panel, ...], caption: str) -> ElementTree.Element:
    return ElementTree.fromstring(plot(panels, caption))  # noqa: S314  # what we wrote ourselves


def test_the_plot_is_xml_in_which_every_number_stands_as_text() -> None:
    root = svg(drawn(), "a < b")
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]

    assert {"5.40 s", "8.40 s", "19.0 s", "182 s", "76 MB", "4.65 GB", "a < b"} <= set(words)
    assert "fill:#000" not in ElementTree.tostring(root, "unicode")


def test_a_smaller_number_is_drawn_further_left() -> None:
    slow = replace(LEVELS, figures=(Figure("x", Kind.TIME, 1.0, OPTIMUM, 50.0),))
    root = svg(panels([slow]), "")
    (ours,) = root.iter("{http://www.w3.org/2000/svg}circle")
    (theirs,) = root.iter("{http://www.w3.org/2000/svg}rect")

    assert 300 <= float(ours.get("cx", "")) < float(theirs.get("x", "")) < 770


def test_without_anything_to_draw_the_page_has_no_plot_and_an_old_one_is_gone(tmp_path: Path) -> None:
    write(RECORD, BENCHMARKS, tmp_path / "benchmarks.md")

    write(replace(RECORD, results=(SCHEDULES,)), BENCHMARKS, tmp_path / "benchmarks.md")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["benchmarks.json", "benchmarks.md"]
    assert "benchmarks.svg" not in (tmp_path / "benchmarks.md").read_text()


def test_a_page_of_nothing_but_failures_can_be_written(tmp_path: Path) -> None:
    write(replace(RECORD, results=(), earlier={}), BENCHMARKS, tmp_path / "benchmarks.md")

    assert "Nothing is promised of what was measured." in (tmp_path / "benchmarks.md").read_text()


def test_samples_are_of_benchmarks_that_there_are() -> None:
    assert {result.benchmark for result in (SD15, LEVELS, SCHEDULES)} <= set(BENCHMARKS)
