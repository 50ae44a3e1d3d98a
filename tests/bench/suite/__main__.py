"""The suite from the command line: `./scripts/bench`."""

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from converter.files import free_bytes
from tests.bench.levels.cells import table
from tests.bench.levels.machine import this_machine
from tests.bench.suite.alone import BusyError, alone_in
from tests.bench.suite.benchmarks import ALL, OPTIMUM_DISK_GB, Benchmark
from tests.bench.suite.disk import disk_of
from tests.bench.suite.measuring import Measured, Suite, measure
from tests.bench.suite.options import PAGE, Asked, parse
from tests.bench.suite.progress import Progress, duration
from tests.bench.suite.record import Record, earlier_of, load
from tests.bench.suite.report import show, write
from tests.bench.suite.results import ROOT, Result, this_code
from tests.bench.suite.space import NoRoomError, environment_needs, require_room

INTERRUPTED = 130


def main(words: Sequence[str] | None = None, benchmarks: Sequence[Benchmark] = ALL, root: Path = ROOT) -> int:
    """Run what is asked for; the exit code.

    Raises:
        SystemExit: of the options.
    """
    by_name = {benchmark.name: benchmark for benchmark in benchmarks}
    asked = parse(words, by_name, root)
    if asked.list:
        print("\n".join(_list(benchmarks, asked)))
        return 0
    try:
        with alone_in(asked.work):
            return _run(asked, by_name, root)
    except KeyboardInterrupt:
        print(f"\ninterrupted; what was measured is kept in {asked.work}: run the same command to go on")
        return INTERRUPTED
    except (BusyError, NoRoomError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _run(asked: Asked, by_name: Mapping[str, Benchmark], root: Path) -> int:
    previous = load(root / PAGE.with_suffix(".json"))  # before an hour is spent
    suite = Suite(root, asked.work, asked.size, asked.optimum, this_code(root))
    wanted = [each for name, each in by_name.items() if not asked.only or name in asked.only]
    known = {each.name: found for each in wanted if not asked.again and (found := suite.kept(each))}
    missing = [each for each in wanted if each.name not in known]
    _require_room(suite, missing)
    progress = Progress(sys.stdout, {each.name: _expected_s(each, suite, previous) for each in missing})
    _announce(suite, known, progress)
    measured = measure(suite, wanted, known, progress, keep_files=asked.keep_files)
    record = _record(asked, by_name, measured, previous)
    show(record)
    if asked.write:
        print(f"\nwrote {', '.join(path.name for path in write(record, by_name, asked.write))}")
    return int(bool(record.failed or record.missed))


def _require_room(suite: Suite, missing: Sequence[Benchmark]) -> None:
    environment = suite.environments / "optimum-venv"
    with_optimum = suite.optimum and any(each.needs_optimum(suite.size) for each in missing)
    needs = environment_needs(environment) if with_optimum else 0
    places = [(each, suite.scratch(each)) for each in missing]
    require_room(free_bytes(suite.work), places, suite.size, environment_bytes=needs)


def _expected_s(benchmark: Benchmark, suite: Suite, previous: Record | None) -> float:
    """As long as the same took in the recorded run."""
    results = previous.results if previous and previous.size is suite.size else ()
    before = (result.seconds for result in results if result.benchmark == benchmark.name)
    return next(before, benchmark.forms[suite.size].minutes * 60)


def _announce(suite: Suite, known: Mapping[str, Result], progress: Progress) -> None:
    for result in known.values():
        progress.say(f"{result.benchmark}: kept from {result.measured_at} UTC (--again measures it anew)")
    if progress.expected_s:
        whole = duration(sum(progress.expected_s.values()))
        progress.say(f"to measure, {suite.size}: {', '.join(progress.expected_s)}; about {whole}, in {suite.work}")


def _record(asked: Asked, by_name: Mapping[str, Benchmark], measured: Measured, previous: Record | None) -> Record:
    done = {result.benchmark for result in measured.results}
    return Record(
        size=asked.size,
        command=asked.command,
        machine=this_machine(),
        disk=disk_of(asked.work),
        results=measured.results,
        failed={name: said.splitlines()[0] for name, said in measured.failed.items()},
        left_out=tuple(name for name in by_name if name not in done and name not in measured.failed),
        earlier=earlier_of(previous, asked.size, measured.results),
    )


def _list(benchmarks: Sequence[Benchmark], asked: Asked) -> list[str]:
    forms = [(each, each.forms[asked.size]) for each in benchmarks]
    rows = [[each.name, f"{form.disk_gb:g} GB", duration(form.minutes * 60), each.title] for each, form in forms]
    whole = duration(sum(form.minutes * 60 for _, form in forms))
    most, venv = max(form.disk_gb for _, form in forms), OPTIMUM_DISK_GB if asked.optimum else 0
    head = ["Benchmark", "Disk", "About", "What"]
    return [*table(head, rows), "", f"{asked.size}: about {whole} in all, at most {most + venv:g} GB at a time"]


if __name__ == "__main__":
    # A polite end is an interrupt: what runs in another session must end too. And a shell's `&` ignores interrupts.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.default_int_handler)
    sys.exit(main())
