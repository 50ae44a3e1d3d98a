"""Every benchmark that was asked for: from what was kept, or measured now; one that fails stops no other."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.suite.benchmarks import Benchmark, Size, filled
from tests.bench.suite.progress import Progress, duration
from tests.bench.suite.results import Code, Result, keep, kept
from tests.bench.suite.running import BenchmarkError, Place, run


@dataclass(frozen=True)
class Suite:
    """What all benchmarks share."""

    root: Path
    work: Path
    size: Size
    optimum: bool
    """Whether optimum-onnx takes part."""
    code: Code

    @property
    def environments(self) -> Path:
        return self.work

    def scratch(self, benchmark: Benchmark) -> Path:
        """Its own folder, which is deleted when its figures are kept."""
        return self.work / self.size / "scratch" / benchmark.name

    def result_file(self, benchmark: Benchmark) -> Path:
        return self.work / self.size / "results" / f"{benchmark.name}.json"

    def command(self, benchmark: Benchmark) -> str:
        return benchmark.command(self.size, optimum=self.optimum)

    def kept(self, benchmark: Benchmark) -> Result | None:
        """What it found before, by this command and this code."""
        found = kept(self.result_file(benchmark))
        same = found is not None and (found.command, found.code.digest) == (self.command(benchmark), self.code.digest)
        return found if same else None


@dataclass(frozen=True)
class Measured:
    """What became of those that were asked for."""

    results: tuple[Result, ...]
    failed: Mapping[str, str]
    """Benchmark to what it said."""


def measure(
    suite: Suite, asked: Sequence[Benchmark], known: Mapping[str, Result], progress: Progress, *, keep_files: bool
) -> Measured:
    """Run what is not known, in order.

    Args:
        suite: where and how.
        asked: for which there are to be results.
        known: results that count, by benchmark.
        progress: is told.
        keep_files: leave what a benchmark made in its folder.
    """
    results, failed = dict(known), dict[str, str]()
    for benchmark in (each for each in asked if each.name not in known):
        progress.begin(benchmark.name)
        try:
            results[benchmark.name] = _measured(suite, benchmark, progress.tick)
        except BenchmarkError as error:
            failed[benchmark.name] = str(error)
            progress.say(f"{benchmark.name}: failed: {error}")
            continue
        if not keep_files:
            shutil.rmtree(suite.scratch(benchmark), ignore_errors=True)
        progress.say(f"{benchmark.name}: done in {duration(results[benchmark.name].seconds)}")
    return Measured(tuple(results[each.name] for each in asked if each.name in results), failed)


def _measured(suite: Suite, benchmark: Benchmark, tick: Callable[[str, float, str], None]) -> Result:
    scratch, folder = suite.scratch(benchmark), suite.work / suite.size
    scratch.mkdir(parents=True, exist_ok=True)
    arguments = filled(benchmark.arguments(suite.size, optimum=suite.optimum), scratch, suite.environments)
    place = Place(suite.root, folder / "logs" / f"{benchmark.name}.log", folder / f"{benchmark.name}.figures.json")
    started = time.monotonic()
    found = run(benchmark.module, arguments, place, lambda seconds, line: tick(benchmark.name, seconds, line))
    seconds, now = time.monotonic() - started, f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    result = Result(benchmark.name, suite.command(benchmark), now, seconds, suite.code, found)
    keep(result, suite.result_file(benchmark))
    return result
