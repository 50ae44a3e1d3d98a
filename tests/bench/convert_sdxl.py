"""Convert a full-size Stable Diffusion XL checkpoint with random float16 weights to float32, in little memory.

    .venv/bin/python -m tests.bench.convert_sdxl [--work FOLDER] [--rounds 2] [--parity] [--tiny]

The checkpoint has the original keys and 6.9 GB; the release has 13.9 GB. Times are wall seconds of whole processes,
each beside `cp` in the same round: of the checkpoint, and of as many bytes as the release has.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.bench import figures
from tests.bench.conversion import Conversion, against, median_ratio, most_memory
from tests.bench.figures import CP, Figure, Kind, at_most
from tests.bench.measure import Taken
from tests.support.family import full, tiny, write_original

LIMIT_BYTES = 2_000_000_000
MEMORY_LIMIT_BYTES = 500_000_000
UNET_LIMIT_S = 62.0
"""To trace it."""


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    bench = Conversion("sdxl-tiny" if arguments.tiny else "sdxl-random", work, tiny=arguments.tiny)
    found = tuple(_figures(bench, rounds=arguments.rounds, parity=arguments.parity))
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def _figures(bench: Conversion, *, rounds: int, parity: bool) -> Iterator[Figure]:
    _make(bench)
    bench.write_registry()
    traced = bench.trace_cold("sdxl")
    yield from traced.figures()
    yield Figure("trace the UNet", Kind.TIME, traced.part_s("unet"), bound=at_most(UNET_LIMIT_S), how="one run")
    yield from _rounds(bench, cold=True, rounds=1)
    yield from _rounds(bench, cold=False, rounds=rounds)
    yield from bench.in_group(LIMIT_BYTES, "--no-parity")
    if parity:
        whole = bench.convert()
        print(f"\nwith parity: {whole.seconds:.1f} s, peak anonymous memory {whole.anonymous_bytes / 1e9:.2f} GB")
        yield Figure("convert with parity", Kind.TIME, whole.seconds, how="one run")
        yield from bench.print_parity()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 35 GB while it runs")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--parity", action="store_true", help="also compare each component with PyTorch (minutes)")
    parser.add_argument("--tiny", action="store_true", help="a model of a few million parameters: checks this command")
    figures.add_option(parser)
    return parser.parse_args()


def _make(bench: Conversion) -> None:
    if not bench.checkpoint.exists():
        print("making the checkpoint (random float16 weights, original key names)", flush=True)
        model = (tiny if bench.tiny else full)("sdxl")
        write_original(model, bench.checkpoint.with_suffix(".partial"), dtype="float16").rename(bench.checkpoint)
    print(f"checkpoint: {bench.checkpoint.stat().st_size / 1e9:.3f} GB", flush=True)


def _rounds(bench: Conversion, *, cold: bool, rounds: int) -> Iterator[Figure]:
    conversions, sources, results = [], [], []
    for _ in range(rounds):
        sources.append(bench.copy(cold=cold))
        conversions.append(bench.convert("--no-parity", cold=cold))
        results.append(bench.copy_release())
    state = "not in memory" if cold else "in memory, as far as it fits"
    print(f"\nconvert, the checkpoint {state}, {rounds} rounds:")
    for ours, source, result in zip(conversions, sources, results, strict=True):
        _line(ours, source, result)
    print(f"  median ratio to cp of the checkpoint {median_ratio(conversions, sources):.2f}")
    print(f"  median ratio to cp of the release {median_ratio(conversions, results):.2f}")
    print(f"  peak anonymous memory {most_memory(conversions) / 1e6:.0f} MB (goal: under 500)")
    print(
        f"  most on the disk while converting {max(t.disk_bytes for t in conversions) / 1e9:.3f} GB beside the source"
    )
    print(f"  size of the release {bench.release_bytes / 1e9:.3f} GB", flush=True)
    name = f"convert, the checkpoint {state}, no parity"
    yield against(name, conversions, f"{CP} of the checkpoint", sources)
    yield against(name, conversions, f"{CP} of the release", results)
    bound = at_most(MEMORY_LIMIT_BYTES)
    yield Figure(f"{name}: peak anonymous memory", Kind.MEMORY, most_memory(conversions), bound=bound)
    if cold:  # it is the same in both
        yield Figure("size of the release", Kind.SIZE, bench.release_bytes)


def _line(ours: Taken, source: Taken, result: Taken) -> None:
    print(
        f"  convert {ours.seconds:6.1f} s   cp of the checkpoint {source.seconds:6.1f} s   "
        f"cp of the release {result.seconds:6.1f} s"
    )


if __name__ == "__main__":
    main()
