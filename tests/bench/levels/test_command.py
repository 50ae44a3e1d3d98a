"""The command, from nothing to the page, on a tiny model and without optimum's environment."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.figures import Kind, read

pytestmark = pytest.mark.slow

PARTS = ("text_encoder", "unet", "vae_encoder", "vae_decoder")


@dataclass(frozen=True)
class Command:
    """The command in its folder."""

    folder: Path
    cache: Path

    def run(self) -> str:
        """What it prints."""
        words: list[str | Path] = [sys.executable, "-m", "tests.bench.levels", "--tiny", "--without-optimum"]
        words += ["--levels", "fp32/none,fp16/none,fp32/fused-cuda", "--work", self.folder, "--cache", self.cache]
        words += ["--figures", self.figures, "--write", self.page]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def page(self) -> Path:
        return self.folder / "levels.md"

    @property
    def figures(self) -> Path:
        return self.folder / "figures.json"

    @property
    def rows(self) -> list[list[str]]:
        """Of the main table."""
        table = self.page.read_text().split("## Level by component")[1].split("\n##")[0]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| `.*", table, re.M)]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Command:
    """It has run once. Read only, but for what is measured again."""
    command = Command(tmp_path_factory.mktemp("levels"), cache)
    command.run()
    return command


def test_every_component_of_every_level_has_all_its_figures(command: Command) -> None:
    built = [row for row in command.rows if row[1] in PARTS]

    assert [(row[0], row[1]) for row in built] == [
        (f"`{level}/none`", part) for level in ("fp32", "fp16") for part in PARTS
    ]
    for row in built:
        assert all(float(row[i]) > 0 for i in (2, 4, 6, 10)), row  # size, load, step, PSNR


def test_what_is_not_built_is_listed_without_a_figure(command: Command) -> None:
    (row,) = (row for row in command.rows if row[1] == "not built")

    assert row == ["`fp32/fused-cuda`", "not built", *[""] * 10]
    assert "- `fp32/fused-cuda`: `optimize: fused-cuda` is not built yet" in command.page.read_text()


def test_the_sizes_are_those_of_the_data_files_and_those_computed_are_the_same(command: Command) -> None:
    report = json.loads(command.page.with_suffix(".json").read_text())

    for level, result in report["results"].items():
        release = next(command.folder.glob(f"build/level-{level.replace('/', '-')}.v1"))
        written = {part: (release / part / "weights.pb").stat().st_size for part in PARTS}
        assert written == result["converted"]["size_bytes"] == report["sizes"]["sd1"]["levels"][level]


def test_the_figures_are_told_and_nothing_is_promised_of_a_tiny_model(command: Command) -> None:
    told = read(command.figures)

    assert [figure.name for figure in told if figure.kind is Kind.SIZE] == ["`fp32/none`: size", "`fp16/none`: size"]
    assert len([figure for figure in told if figure.name.endswith(": step")]) == 2 * len(PARTS)
    assert all(figure.ours > 0 and figure.held is None for figure in told)


def test_a_second_run_measures_nothing_again_and_writes_the_same_page(command: Command) -> None:
    page = command.page.read_text()

    said = command.run()

    assert [line.split(":")[0] for line in said.splitlines() if ": taken from" in line] == ["fp32/none", "fp16/none"]
    assert "converting" not in said.split("\n# ")[0]
    assert command.page.read_text() == page


def test_the_page_and_its_figures_name_no_folder_of_this_machine(command: Command) -> None:
    for path in (command.page, command.page.with_suffix(".json")):
        assert str(command.folder) not in path.read_text()
