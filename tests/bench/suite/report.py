"""Where a run is told: the table in the terminal; page, figures and plot in files."""

import sys
from collections.abc import Mapping
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from converter.files import write_atomically
from tests.bench.levels.cells import table
from tests.bench.suite.benchmarks import Benchmark, Size
from tests.bench.suite.groups import panels
from tests.bench.suite.page import QUICK, machine_lines, page, previous_lines, verdict_lines
from tests.bench.suite.plot import plot
from tests.bench.suite.record import Record, said_of, save
from tests.bench.suite.rows import HEAD, rows


def show(record: Record) -> None:
    """Print machine, table and verdict: folded to the width of a terminal, as Markdown elsewhere."""
    print("\n".join(["", *machine_lines(record), *previous_lines(record), ""]))
    if record.size is Size.QUICK:
        print(f"{QUICK.strip('*')}\n")
    if sys.stdout.isatty():
        drawn = Table(*HEAD, box=SIMPLE_HEAD)
        for row in rows(record):
            drawn.add_row(*(cell.replace("**", "").replace("`", "") for cell in row))
        Console(markup=False).print(drawn)
    else:
        print("\n".join(table(HEAD, list(rows(record)))))
    print("\n".join(["", *verdict_lines(record)]))


def write(record: Record, benchmarks: Mapping[str, Benchmark], target: Path) -> tuple[Path, ...]:
    """The page, and beside it under its name the figures (`.json`) and the plot (`.svg`), if there is one to draw."""
    drawn, svg, figures = panels(record.results), target.with_suffix(".svg"), target.with_suffix(".json")
    target.parent.mkdir(parents=True, exist_ok=True)
    if drawn:
        write_atomically(svg, plot(drawn, _caption(record)).encode())
    else:
        svg.unlink(missing_ok=True)
    write_atomically(target, page(record, benchmarks, svg.name if drawn else None).encode())
    save(record, figures)
    return target, figures, *([svg] if drawn else [])


def _caption(record: Record) -> str:
    ended = max(result.measured_at for result in record.results)
    quick = "quick form, says nothing about speed; " if record.size is Size.QUICK else ""
    return f"{quick}{said_of(record.machine)}, {record.machine.memory_bytes / 1e9:.0f} GB; {ended} UTC"
