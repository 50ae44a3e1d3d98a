"""The first minute: a known architecture on a machine that has never traced anything, and what is imported for it.

    .venv/bin/python -m tests.bench.cold_start [--work FOLDER] [--rounds 3] [--tiny]

The cache is empty before each conversion. Beside it stands what it would take without the templates that ship with the
package: the same conversion, and before it each graph traced. What a command imports is what Python says of it
(`-X importtime`).
"""

import argparse
import re
import shutil
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import figures
from tests.bench.conversion import Conversion, Traced, most_memory
from tests.bench.figures import Figure, Kind, at_most
from tests.bench.measure import Taken, run
from tests.bench.suite.cells import value
from tests.support.family import full, tiny, write_original

HEAVY = ("torch", "diffusers", "transformers", "onnxscript", "onnxruntime")
_IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| *(?P<name>\w+)", re.MULTILINE)


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    bench = Conversion("sd15-cold", work, tiny=arguments.tiny)
    if not bench.checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        model = (tiny if arguments.tiny else full)("sd1")
        write_original(model, bench.checkpoint.with_suffix(".partial")).rename(bench.checkpoint)
    bench.write_registry()
    conversions = [_cold(bench) for _ in range(arguments.rounds)]
    found = [*_conversion(conversions, bench.trace_cold("sd1")), *_imports(bench)]
    for figure in found:
        beside = f"   {figure.against} {value(figure.reference, figure.kind)}" if figure.reference else ""
        print(f"  {figure.name}: {value(figure.ours, figure.kind)}{beside}", flush=True)
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 9 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="a model of no known architecture: checks this command")
    figures.add_option(parser)
    return parser.parse_args()


def _cold(bench: Conversion) -> Taken:
    shutil.rmtree(bench.work / "cache", ignore_errors=True)
    return bench.convert("--no-parity")


def _conversion(conversions: list[Taken], traced: Traced) -> Iterator[Figure]:
    seconds = statistics.median(taken.seconds for taken in conversions)
    yield Figure(
        "convert a known architecture, nothing traced before",
        Kind.TIME,
        seconds,
        "the same with tracing",
        seconds + traced.seconds,
        how=f"median of {len(conversions)}; tracing once",
    )
    yield Figure("peak anonymous memory of it", Kind.MEMORY, most_memory(conversions))


def _imports(bench: Conversion) -> Iterator[Figure]:
    registry = ["--registry", bench.work / "extras.json"]
    places = [*registry, "--hub", f"file:{bench.work / 'hub'}"]
    commands = {
        "--help": ["--help"],
        "validate": ["validate", *registry],
        "plan": ["plan", *places],
        "inspect": ["inspect", bench.checkpoint, "--cache", bench.work / "cache"],
        "convert --no-parity": [
            "convert",
            "--no-parity",
            *places,
            "--cache",
            bench.work / "cache",
            "--build",
            bench.work / "build",
        ],
    }
    for name, words in commands.items():
        shutil.rmtree(bench.work / "build", ignore_errors=True)
        ran = run([sys.executable, "-X", "importtime", "-m", "converter", *words])
        heavy = sorted(set(_IMPORTED.findall(ran.output)).intersection(HEAVY))
        print(f"  {name} imports {', '.join(heavy) or 'none of ' + ', '.join(HEAVY)}", flush=True)
        yield Figure(f"heavy libraries imported by `{name}`", Kind.COUNT, len(heavy), bound=at_most(0))


if __name__ == "__main__":
    main()
