"""The quick form from nothing to the page, with some of the real benchmarks: all of them take many minutes."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.suite.benchmarks import ALL
from tests.bench.suite.results import ROOT

pytestmark = pytest.mark.exhaustive

NAMES = ["convert_sd15", "ten_thousand", "fuzz_readers"]
LEFT_OUT = [benchmark.name for benchmark in ALL if benchmark.name not in NAMES]


@dataclass(frozen=True)
class Ran:
    """The suite, from the command line."""

    folder: Path

    def run(self) -> str:
        command: list[str | Path] = [sys.executable, "-m", "tests.bench.suite", "--quick", "--only", ",".join(NAMES)]
        command += ["--work", self.folder / "work", "--write", self.page]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def page(self) -> Path:
        return self.folder / "benchmarks.md"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """It has run once."""
    ran = Ran(tmp_path_factory.mktemp("quick"))
    ran.run()
    return ran


def test_every_benchmark_has_figures_and_what_is_promised_of_them_is_found(ran: Ran) -> None:
    record = json.loads(ran.page.with_suffix(".json").read_bytes())

    assert [result["benchmark"] for result in record["results"]] == NAMES
    assert all(result["figures"] for result in record["results"])
    assert (record["failed"], record["left_out"], record["size"]) == ({}, LEFT_OUT, "quick")
    assert "**The quick form" in ran.page.read_text()
    assert "promises held." in ran.page.read_text()


def test_conversions_are_drawn_beside_cp(ran: Ran) -> None:
    drawn = ran.page.with_suffix(".svg").read_text()

    assert "convert_sd15: convert, templates warm, no parity" in drawn
    assert "cp of the checkpoint" in drawn


def test_nothing_that_is_written_names_a_folder_of_this_machine(ran: Ran) -> None:
    for suffix in (".md", ".json", ".svg"):
        text = ran.page.with_suffix(suffix).read_text()
        assert str(ran.folder) not in text
        assert str(ROOT) not in text


def test_a_second_run_measures_nothing_and_writes_the_same(ran: Ran) -> None:
    before = [ran.page.with_suffix(suffix).read_bytes() for suffix in (".md", ".json", ".svg")]

    said = ran.run()

    assert said.count("kept from") == len(NAMES)
    assert before == [ran.page.with_suffix(suffix).read_bytes() for suffix in (".md", ".json", ".svg")]


def test_the_files_of_the_models_are_gone(ran: Ran) -> None:
    assert list((ran.folder / "work" / "quick" / "scratch").iterdir()) == []
