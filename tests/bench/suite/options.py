"""What can be asked of the suite."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.suite.benchmarks import Benchmark, Size

PAGE = Path("docs/benchmarks.md")
"""In the checkout; its `.json` is the recorded run."""


@dataclass(frozen=True)
class Asked:
    """One command line."""

    size: Size
    only: tuple[str, ...]
    """Empty for all."""
    optimum: bool
    again: bool
    keep_files: bool
    work: Path
    write: Path | None
    list: bool

    @property
    def command(self) -> str:
        """What makes the same page elsewhere."""
        words = ["./scripts/bench", *(["--quick"] if self.size is Size.QUICK else [])]
        words += ["--only", ",".join(self.only)] if self.only else []
        return " ".join([*words, *(["--without-optimum"] if self.size is Size.FULL and not self.optimum else [])])


def parse(words: Sequence[str] | None, benchmarks: Mapping[str, Benchmark], root: Path) -> Asked:
    """The command line, or what was typed when it is `None`.

    Raises:
        SystemExit: it is none (2), or asks for help (0).
    """
    given = _parser(_names(benchmarks)).parse_args(words)
    size = Size.QUICK if given.quick else Size.FULL
    # A part of the suite, or tiny models, is no recorded run unless somebody says so.
    recorded = root / PAGE if size is Size.FULL and not given.only else None
    return Asked(
        size=size,
        only=given.only,
        optimum=size is Size.FULL and not given.without_optimum,
        again=given.again,
        keep_files=given.keep,
        work=given.work.resolve(),
        write=None if given.no_write else given.write or recorded,
        list=given.list,
    )


def _parser(names: Callable[[str], tuple[str, ...]]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/bench",
        description="Runs the benchmarks, prints one table, and writes docs/benchmarks.md with its figures and plot.",
        epilog="What was measured is kept in the work folder: after an interrupt the same command goes on. Exit codes: "
        "0 done; 1 a benchmark failed, a promise was missed, or there is too little room; 2 usage; 130 interrupted.",
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--full", action="store_true", help="models at their real sizes (the default)")
    sizes.add_argument("--quick", action="store_true", help="tiny models: a few minutes, to see it work")
    parser.add_argument("--only", type=names, default=(), metavar="NAME,...", help="these benchmarks; --list has them")
    parser.add_argument("--without-optimum", action="store_true", help="do not install and run optimum-onnx")
    parser.add_argument("--again", action="store_true", help="measure anew what the work folder has")
    parser.add_argument("--keep", action="store_true", help="leave the models and releases in the work folder")
    where = "where models are made and results are kept, build/bench-suite by default"
    parser.add_argument("--work", type=Path, default=Path("build/bench-suite"), metavar="FOLDER", help=where)
    written = parser.add_mutually_exclusive_group()
    written.add_argument("--write", type=Path, metavar="PAGE.md", help=f"instead of {PAGE}; the full suite writes that")
    written.add_argument("--no-write", action="store_true", help="print only")
    parser.add_argument("--list", action="store_true", help="say what there is and what it takes, and measure nothing")
    return parser


def _names(benchmarks: Mapping[str, Benchmark]) -> Callable[[str], tuple[str, ...]]:
    def names(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(word.strip() for word in text.split(",")))
        unknown = [name for name in found if name not in benchmarks]
        if unknown:
            raise argparse.ArgumentTypeError(f"found {', '.join(map(repr, unknown))}, expected {', '.join(benchmarks)}")
        return tuple(name for name in benchmarks if name in found)

    return names
