"""The figures of the README are those of the recorded run."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.suite.options import PAGE
from tests.bench.suite.readme_block import END, START, block, filled, main
from tests.bench.suite.record import save
from tests.bench.suite.results import ROOT
from tests.bench.suite.samples import CONVERT, RECORD, SD15

README = f"# Title\n\n{START}old\n{END}\nAfter.\n"


def test_time_and_memory_of_what_is_shown_are_in_it_beside_their_references() -> None:
    shown = block(RECORD)

    assert "| Stable Diffusion 1.5 | convert, templates warm, no parity " in shown
    assert "|  76 MB | optimum-onnx 0.1.0 " in shown
    assert "A processor, 2 cores" in shown
    assert "unet" not in shown  # errors and other benchmarks are on the page
    assert "lora_table" not in shown


def test_only_what_is_between_the_comments_changes_and_a_second_time_nothing() -> None:
    new = filled(README, RECORD)

    assert new.startswith(f"# Title\n\n{START}")
    assert new.endswith(f"{END}\nAfter.\n")
    assert "old" not in new
    assert filled(new, RECORD) == new


@pytest.mark.parametrize("text", ["", START, END, f"{END}{START}"])
def test_a_readme_without_a_place_for_them_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="found no <!-- benchmarks -->"):
        filled(text, RECORD)


def test_the_check_finds_figures_of_another_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text(README)
    save(RECORD, tmp_path / PAGE.with_suffix(".json"))

    assert main(["--check"], tmp_path) == 1
    assert (tmp_path / "README.md").read_text() == README
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    faster = replace(SD15, figures=(replace(SD15.figures[0], ours=4.4), *SD15.figures[1:]))
    save(replace(RECORD, results=(faster,)), tmp_path / PAGE.with_suffix(".json"))
    assert main(["--check"], tmp_path) == 1
    assert "found other figures" in capsys.readouterr().err
    assert CONVERT in (tmp_path / "README.md").read_text()


def test_the_readme_has_the_figures_of_the_recorded_run() -> None:
    recorded = (ROOT / PAGE.with_suffix(".json")).exists()

    assert (START in (ROOT / "README.md").read_text("utf-8")) == recorded
    assert main(["--check"]) == 0
