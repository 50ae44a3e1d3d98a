"""A record as a page of Markdown. Pure."""

from collections.abc import Iterator, Mapping

from tests.bench.levels.cells import table
from tests.bench.suite.benchmarks import Benchmark, Size
from tests.bench.suite.progress import duration
from tests.bench.suite.record import Record, said_of
from tests.bench.suite.results import Result
from tests.bench.suite.rows import HEAD, rows

QUICK = (
    "**The quick form: tiny models and few rounds. It shows that the suite works; its figures say nothing about speed, "
    "and nothing but correctness is promised of them.**"
)


def page(record: Record, benchmarks: Mapping[str, Benchmark], plot: str | None) -> str:
    """The whole page, which ends with a newline.

    Args:
        record: of the run.
        benchmarks: by name.
        plot: the file beside the page; `None` where there is nothing to draw.
    """
    sections = (_head(record), _verdict(record), _plot(plot), _figures(record), _how(record, benchmarks))
    parts = (*sections, _missing(record, benchmarks))
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def machine_lines(record: Record) -> Iterator[str]:
    """On what it was measured, when, and of which commit."""
    machine, ended = record.machine, [result.measured_at for result in record.results]
    commits = ", ".join(dict.fromkeys(result.code.commit for result in record.results))
    memory = f"{machine.memory_bytes / 1e9:.1f} GB"
    yield f"Machine: {said_of(machine)}, {memory}; disk: {record.disk}; {machine.system}"
    yield f"Versions: {', '.join(f'{name} {found}' for name, found in machine.versions.items())}"
    if ended:
        yield f"Measured from {min(ended)} to {max(ended)} UTC, commit {commits}"


def verdict_lines(record: Record) -> Iterator[str]:
    """How many promises were found, and each that was not; what failed."""
    held = [figure.held for result in record.results for figure in result.figures if figure.held is not None]
    yield f"{sum(held)} of {len(held)} promises held." if held else "Nothing is promised of what was measured."
    yield from (f"Missed: {words}" for words in record.missed)
    yield from (f"Failed: {name}: {said}" for name, said in record.failed.items())


def previous_lines(record: Record) -> Iterator[str]:
    """What the last two columns are compared with."""
    by_run: dict[str, list[str]] = {}
    for name, earlier in record.earlier.items():
        other = "" if earlier.machine == said_of(record.machine) else f" **on another machine: {earlier.machine}**"
        by_run.setdefault(f"{earlier.measured_at} UTC, commit {earlier.commit}{other}", []).append(name)
    if not by_run:
        yield "No earlier recorded run has any of these figures."
    yield from (f"Previous: {run} ({', '.join(names)})" for run, names in by_run.items())


def _head(record: Record) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield f"Made by `{record.command}`."
    if record.size is Size.QUICK:
        yield QUICK
    yield ""
    yield from (f"- {line}" for line in machine_lines(record))


def _verdict(record: Record) -> Iterator[str]:
    first, *others = verdict_lines(record)
    yield first
    if others:
        yield ""
        yield from (f"- **{line}**" for line in others)


def _plot(plot: str | None) -> Iterator[str]:
    if plot:
        yield f"![Time and memory, ours and theirs]({plot})"


def _figures(record: Record) -> Iterator[str]:
    yield "## Figures"
    yield ""
    yield (
        "A ratio is ours divided by the reference, or by the previous recorded run: below 1 is less of it. A figure "
        "that was not measured this time is not here. A bound in seconds was promised of a machine with 2 cores."
    )
    yield ""
    yield from (f"- {line}" for line in previous_lines(record))
    yield ""
    yield from table(HEAD, list(rows(record)))


def _how(record: Record, benchmarks: Mapping[str, Benchmark]) -> Iterator[str]:
    yield "## How each was measured"
    for result in record.results:
        yield ""
        yield from _one(result, benchmarks[result.benchmark])


def _one(result: Result, benchmark: Benchmark) -> Iterator[str]:
    yield f"### {result.benchmark}: {benchmark.title}"
    yield ""
    yield benchmark.how
    yield ""
    yield f"`{result.command}`, {duration(result.seconds)}."
    details = dict.fromkeys(
        f"- {figure.name}{f', beside {figure.against}' if figure.against else ''}: {figure.how}"
        for figure in result.figures
        if figure.how
    )
    if details:
        yield ""
        yield from details


def _missing(record: Record, benchmarks: Mapping[str, Benchmark]) -> Iterator[str]:
    names = [*record.failed, *record.left_out]
    if names:
        yield "## What is not here"
        yield ""
        for name in names:
            yield f"- {name}: {benchmarks[name].title} ({'failed' if name in record.failed else 'not asked for'})"
