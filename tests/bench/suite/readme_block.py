"""The figures in the README, from the recorded run: `python -m tests.bench.suite.readme_block [--check]`.

The block between two comments is written by nobody; without a recorded run, or without the comments, nothing is.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from converter.files import write_atomically
from tests.bench.figures import Kind
from tests.bench.levels.cells import table
from tests.bench.suite.options import PAGE
from tests.bench.suite.page import machine_lines
from tests.bench.suite.record import Record, load
from tests.bench.suite.results import ROOT
from tests.bench.suite.rows import HEAD, rows

START, END = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->\n"
_SHOWN = {"convert_sd15": "Stable Diffusion 1.5", "convert_sdxl": "Stable Diffusion XL", "fused_steps": "Fused"}
"""Benchmark to what it is called here; the page has the others."""
_COLUMNS = 6
"""Up to the ratio: promises and the run before are on the page."""


def block(record: Record) -> str:
    """Machine, then time and memory of the benchmarks that are shown."""
    return "\n".join(
        [*(f"- {line}" for line in machine_lines(record)), "", *table(HEAD[:_COLUMNS], list(_rows(record)))]
    )


def filled(readme: str, record: Record) -> str:
    """The README with the block of a run.

    Raises:
        ValueError: it has no place for it.
    """
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"README.md: found no {START.strip()} and {END.strip()}, expected both, around its figures")
    return f"{before}{START}\n{block(record)}\n\n{END}{after}"


def main(words: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the block; with `--check` only say whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.suite.readme_block")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if it would")
    check: bool = parser.parse_args(words).check
    record, path = load(root / PAGE.with_suffix(".json")), root / "README.md"
    if record is None:
        return 0
    try:
        old, new = path.read_text("utf-8"), filled(path.read_text("utf-8"), record)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if check and new != old:
        print("README.md: found other figures than docs/benchmarks.json has; run", parser.prog, file=sys.stderr)
        return 1
    if new != old:
        write_atomically(path, new.encode())
    return 0


def _rows(record: Record) -> Iterator[tuple[str, ...]]:
    results = (
        replace(result, figures=tuple(figure for figure in result.figures if figure.kind in (Kind.TIME, Kind.MEMORY)))
        for result in record.results
        if result.benchmark in _SHOWN
    )
    for row in rows(replace(record, results=tuple(results), failed={}, earlier={})):
        yield _SHOWN.get(row[0], ""), *row[1:_COLUMNS]


if __name__ == "__main__":
    sys.exit(main())
