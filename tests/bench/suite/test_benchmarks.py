"""The list of benchmarks: complete, and each entry fits its benchmark."""

import argparse
import importlib
import sys
from pathlib import Path

import pytest

from tests.bench.suite.benchmarks import ALL, Benchmark, Size, filled
from tests.bench.suite.results import ROOT

BENCH = ROOT / "tests" / "bench"


def test_every_benchmark_that_tells_figures_is_in_the_suite() -> None:
    telling = {path for path in BENCH.glob("**/*.py") if "figures.add_option(parser)" in path.read_text()}
    names = {path.parent.name if path.stem == "__main__" else path.stem for path in telling}

    assert names - {"test_benchmarks"} == {benchmark.name for benchmark in ALL}


def test_a_shown_command_names_the_folders_that_a_reader_chooses() -> None:
    command = ALL[0].command(Size.FULL, optimum=True)

    assert command == (
        ".venv/bin/python -m tests.bench.convert_sd15 --rounds 5 --beside fp16 --work FOLDER "
        "--against optimum --environments FOLDER"
    )
    assert "optimum" not in ALL[0].command(Size.FULL, optimum=False)


def test_the_quick_form_is_small_and_without_optimum() -> None:
    for benchmark in ALL:
        assert benchmark.forms[Size.QUICK].disk_gb <= 0.1
        assert not benchmark.needs_optimum(Size.QUICK)
    assert [each.name for each in ALL if each.needs_optimum(Size.FULL)] == ["convert_sd15", "levels"]


class _Parsed(Exception):  # noqa: N818  # it is no error
    """The arguments were understood."""


@pytest.mark.parametrize("optimum", [True, False], ids=["optimum", "alone"])
@pytest.mark.parametrize("size", list(Size))
@pytest.mark.parametrize("benchmark", ALL, ids=[benchmark.name for benchmark in ALL])
def test_a_benchmark_knows_the_arguments_that_the_suite_gives_it(
    benchmark: Benchmark, size: Size, optimum: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parse = argparse.ArgumentParser.parse_args

    def stop(parser: argparse.ArgumentParser) -> None:
        raise _Parsed(parse(parser))

    arguments = filled(benchmark.arguments(size, optimum=optimum), tmp_path / "work", tmp_path / "environments")
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr(sys, "argv", ["x", *arguments, "--figures", str(tmp_path / "figures.json")])
    main = "tests.bench.levels.__main__" if benchmark.name == "levels" else benchmark.module

    with pytest.raises(_Parsed) as parsed:
        importlib.import_module(main).main()

    assert parsed.value.args[0].figures == tmp_path / "figures.json"
