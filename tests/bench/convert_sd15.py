"""Convert a full-size Stable Diffusion 1.5 checkpoint with random weights, and compare with `cp` and with optimum.

    .venv/bin/python -m tests.bench.convert_sd15 [--against optimum] [--work FOLDER] [--rounds 3] [--precision int8]
        [--beside fp16] [--tiny]

Times are wall seconds of whole processes. Each round runs `cp` of the checkpoint and the conversion one after the
other, so that a noisy machine slows both; the ratio is taken within a round, and the median is reported. With
`--beside`, each round converts to that precision too.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from converter.registry import Precision
from tests.bench import figures
from tests.bench.against_optimum import against_optimum, optimum_python
from tests.bench.conversion import Conversion, against, median_ratio, middle, most_memory
from tests.bench.figures import CP, Bound, Direction, Figure, Kind, at_most, ratio_at_most
from tests.bench.measure import Taken
from tests.support.family import tiny, write_original
from tests.support.sd1_models import sd15, write_checkpoint

LIMIT_BYTES = 1_500_000_000
MEMORY_LIMIT_BYTES = 500_000_000
TRACE_LIMIT_S = 50.0
CONVERT = "convert, templates warm, no parity"


@dataclass(frozen=True)
class _Rounds:
    """What took turns."""

    copies: list[Taken] = field(default_factory=list)
    digested: list[Taken] = field(default_factory=list)
    """`cp` and SHA-256."""
    conversions: list[Taken] = field(default_factory=list)
    beside: list[Taken] = field(default_factory=list)
    """To another precision; empty if none was asked for."""


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    bench = Conversion("sd15-tiny" if arguments.tiny else "sd15-random", work, tiny=arguments.tiny)
    found = tuple(_figures(bench, arguments))
    if arguments.tiny or arguments.precision != Precision.FP32:  # the promises are about the fp32 release
        found = figures.without_bounds(found)
    figures.write(found, arguments.figures)


def _figures(bench: Conversion, arguments: argparse.Namespace) -> Iterator[Figure]:
    if arguments.against == "optimum":
        optimum_python(arguments.environments or bench.work)  # without a network it fails now, and not in the end
    _make(bench)
    bench.write_registry(precision=arguments.precision)
    yield from bench.trace_cold("sd1").figures(most_s=TRACE_LIMIT_S)
    rounds = _warm(bench, arguments)
    yield from _compared(bench, rounds, arguments.beside)
    yield from bench.in_group(LIMIT_BYTES, "--no-parity")
    whole = bench.convert()
    print(f"\nconvert with parity: {whole.seconds:.1f} s, peak anonymous memory {whole.anonymous_bytes / 1e6:.0f} MB")
    yield Figure("convert with parity", Kind.TIME, whole.seconds, how="one run")
    yield Figure("convert with parity: peak anonymous memory", Kind.MEMORY, whole.anonymous_bytes)
    yield from bench.print_parity()
    if arguments.against == "optimum":
        ours = {CONVERT: middle(rounds.conversions), "convert with parity": whole}
        yield from against_optimum(bench.work, ours, folder=bench.release, environments=arguments.environments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--against", choices=["optimum"], help="also run optimum-onnx, in its own environment")
    parser.add_argument("--environments", type=Path, help="where that environment is made; the work folder by default")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 20 GB while it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=list(Precision), default=Precision.FP32, help="of the release")
    parser.add_argument("--beside", choices=list(Precision), help="a precision that takes turns with it")
    parser.add_argument("--tiny", action="store_true", help="a model of five million parameters: checks this command")
    figures.add_option(parser)
    return parser.parse_args()


def _make(bench: Conversion) -> None:
    if not bench.checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        partial = bench.checkpoint.with_suffix(".partial")
        write_original(tiny("sd1"), partial) if bench.tiny else write_checkpoint(sd15(), partial)
        partial.rename(bench.checkpoint)
    print(f"checkpoint: {bench.checkpoint.stat().st_size / 1e9:.3f} GB", flush=True)


def _warm(bench: Conversion, arguments: argparse.Namespace) -> _Rounds:
    precisions = [each for each in (arguments.beside, arguments.precision) if each]
    for precision in precisions:  # fills the key map and the templates, and brings the checkpoint into the page cache
        _convert(bench, precision)
    rounds = _Rounds()
    for _ in range(arguments.rounds):
        rounds.copies.append(bench.copy())
        rounds.digested.append(bench.copy(digests=True))
        if arguments.beside:
            rounds.beside.append(_convert(bench, arguments.beside))
        rounds.conversions.append(_convert(bench, arguments.precision))
    _print(bench, rounds, arguments.beside)
    return rounds


def _convert(bench: Conversion, precision: Precision) -> Taken:
    bench.write_registry(precision=precision)
    return bench.convert("--no-parity")


def _print(bench: Conversion, rounds: _Rounds, beside: str | None) -> None:
    conversions, copies, digested = rounds.conversions, rounds.copies, rounds.digested
    print(f"\nconvert with warm templates, {len(copies)} rounds, against cp, and against cp and SHA-256 of both files:")
    for ours, cp, both in zip(conversions, copies, digested, strict=True):
        print(f"  convert {ours.seconds:6.1f} s   cp {cp.seconds:6.1f} s   cp and SHA-256 {both.seconds:6.1f} s")
    print(f"  median ratio to cp {median_ratio(conversions, copies):.2f} (goal: at most 1.0)")
    print(f"  median ratio to cp and SHA-256 {median_ratio(conversions, digested):.2f} (goal: at most 1.0)")
    if beside:
        print(f"  {beside}: median ratio to the release above {median_ratio(rounds.beside, conversions):.2f}")
    print(f"  peak anonymous memory {most_memory(conversions) / 1e6:.0f} MB (goal: under 500)")
    print(f"  size of the release {bench.release_bytes / 1e9:.3f} GB", flush=True)


def _compared(bench: Conversion, rounds: _Rounds, beside: str | None) -> Iterator[Figure]:
    ours = rounds.conversions
    yield against(CONVERT, ours, f"{CP} of the checkpoint", rounds.copies, ratio_at_most(1.0))
    yield against(CONVERT, ours, f"{CP} and SHA-256 of both files", rounds.digested, ratio_at_most(1.0))
    if beside:
        faster = Bound(Direction.BELOW, 1.0, of_ratio=True)
        yield against(f"convert to {beside}, no parity", rounds.beside, "the conversion above", ours, faster)
    yield Figure(f"{CONVERT}: peak anonymous memory", Kind.MEMORY, most_memory(ours), bound=at_most(MEMORY_LIMIT_BYTES))
    yield Figure("size of the release", Kind.SIZE, bench.release_bytes)


if __name__ == "__main__":
    main()
