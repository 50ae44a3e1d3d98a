"""Conversions in little memory, page cache included: Stable Diffusion 1.5 and XL, each with three LoRAs.

    .venv/bin/python -m tests.bench.small_machines [--work FOLDER] [--families sd1,sdxl] [--tiny]

A memory cgroup holds the whole command: what it allocates, and the pages of the files that it reads and writes. The
kernel ends a process that needs more than the limit, so that a conversion which comes to its end has kept it; the
release is the same, byte by byte, as the one that was made without a limit.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from converter.files import sha256_of
from tests.bench import figures
from tests.bench.conversion import Conversion
from tests.bench.convert_loras import COUNT, lora_file
from tests.bench.figures import Figure, Kind, at_most
from tests.bench.measure import memory_group
from tests.support.family import full, tiny, write_original


@dataclass(frozen=True)
class Machine:
    """A model, and the memory that it has to be converted in."""

    title: str
    limit_bytes: int
    dtype: str
    """Of the checkpoint."""


MACHINES = {
    "sd1": Machine("Stable Diffusion 1.5", 500_000_000, "float32"),
    "sdxl": Machine("Stable Diffusion XL", 1_000_000_000, "float16"),
}


def main() -> None:
    arguments = _arguments()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    found = [each for family in arguments.families.split(",") for each in _measured(family, work, arguments)]
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 40 GB while it runs")
    parser.add_argument("--families", default=",".join(MACHINES), help="of " + " and ".join(MACHINES))
    parser.add_argument("--tiny", action="store_true", help="models of a few million parameters: checks this command")
    figures.add_option(parser)
    return parser.parse_args()


def _measured(family: str, work: Path, arguments: argparse.Namespace) -> list[Figure]:
    machine, model = MACHINES[family], (tiny if arguments.tiny else full)(family)
    bench = Conversion(f"{family}-small", work, tiny=arguments.tiny)
    if not bench.checkpoint.exists():
        print(f"making a checkpoint of {machine.title} (random {machine.dtype} weights)", flush=True)
        write_original(model, bench.checkpoint.with_suffix(".partial"), dtype=machine.dtype).rename(bench.checkpoint)
    folder = work / family
    folder.mkdir(exist_ok=True)
    loras = [lora_file(model, folder, number) for number in range(COUNT)]
    bench.write_registry(
        loras=[{"name": path.stem, "source": f"./{family}/{path.name}", "weight": 0.5} for path in loras]
    )
    bench.trace_if_cold(family)
    without = bench.convert("--no-parity")
    expected = _digests(bench)
    with memory_group(machine.limit_bytes) as group:
        if group is None:
            print("memory cgroup: not measured, this machine does not let us make one")
            return []
        taken = bench.convert("--no-parity", "--memory", f"{machine.limit_bytes // 10**6}M", cgroup=group)
        peak = group.peak_bytes()
    if _digests(bench) != expected:
        sys.exit(f"{machine.title}: found other bytes with the limit than without, expected the same")
    size = f"{machine.limit_bytes / 1e6:.0f} MB"
    name = f"{machine.title} with {COUNT} LoRAs of rank 128, in a memory cgroup of {size}, page cache included"
    print(f"{name}: {taken.seconds:.1f} s; without a limit {without.seconds:.1f} s", flush=True)
    print(
        f"  peak of the group {'not reported' if peak is None else f'{peak / 1e6:.0f} MB'}; the same bytes", flush=True
    )
    return [
        Figure(name, Kind.TIME, taken.seconds, "the same without a limit", without.seconds, how="one run each"),
        Figure(
            f"{name}: peak anonymous memory", Kind.MEMORY, taken.anonymous_bytes, bound=at_most(machine.limit_bytes)
        ),
    ]


def _digests(bench: Conversion) -> dict[str, str]:
    return {str(path.relative_to(bench.release)): sha256_of(path) for path in bench.release.rglob("weights.pb")}


if __name__ == "__main__":
    main()
