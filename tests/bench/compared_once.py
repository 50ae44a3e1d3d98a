"""A second entry that shares components with the first: what is the same is compared with PyTorch once.

    .venv/bin/python -m tests.bench.compared_once [--work FOLDER] [--rounds 2] [--tiny]

Each round begins with nothing compared: the first entry is converted with parity, then the same checkpoint under
another name and label, then one of which one number of the UNet is another one, then the first without parity, which is
what binding alone takes. Ratios are taken within a round.
"""

import argparse
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import figures
from tests.bench.conversion import Conversion, against
from tests.bench.figures import Figure, Kind, at_most, ratio_at_most
from tests.bench.measure import Taken
from tests.support.family import full, tiny, write_original

RATIO_LIMIT = 0.5
_COMPONENTS = 4
_OTHER_NUMBER = "model.diffusion_model.out.2.bias"


@dataclass
class Rounds:
    """What took turns."""

    first: list[Taken] = field(default_factory=list)
    same: list[Taken] = field(default_factory=list)
    other_unet: list[Taken] = field(default_factory=list)
    without: list[Taken] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="holds about 18 GB while it runs")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--tiny", action="store_true", help="a model of a few million parameters: checks this command")
    figures.add_option(parser)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    name = "sd15-once-tiny" if arguments.tiny else "sd15-once"
    bench = Conversion(name, arguments.work, tiny=arguments.tiny)
    if not bench.checkpoint.exists():
        print("making the checkpoint (random weights, original key names)", flush=True)
        model = (tiny if arguments.tiny else full)("sd1")
        write_original(model, bench.checkpoint.with_suffix(".partial")).rename(bench.checkpoint)
    other = with_another_unet(bench.checkpoint, arguments.work / f"{name}-other.safetensors")
    bench.trace_if_cold("sd1")
    rounds = Rounds()
    for _ in range(arguments.rounds):
        take_turns(bench, other, rounds)
    found = tuple(told(rounds))
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def take_turns(bench: Conversion, other: Path, rounds: Rounds) -> None:
    """One round of all."""
    bench.write_registry()
    rounds.first.append(bench.convert("--json"))
    bench.write_registry(name="again", label="The same under another name")
    rounds.same.append(bench.convert("--json", compared=True))
    bench.write_registry(name="other", source=f"./{other.name}")
    rounds.other_unet.append(bench.convert("--json", compared=True))
    bench.write_registry()
    rounds.without.append(bench.convert("--no-parity", "--json", compared=True))


def told(rounds: Rounds) -> Iterator[Figure]:
    """Times and counts, printed."""
    print("\n  first    the same   another UNet   without parity")
    for each in zip(rounds.first, rounds.same, rounds.other_unet, rounds.without, strict=True):
        print("  " + "   ".join(f"{taken.seconds:6.1f} s" for taken in each), flush=True)
    first = "the first entry, with parity"
    yield against("a second entry of the same model", rounds.same, first, rounds.first, ratio_at_most(RATIO_LIMIT))
    yield against("a second entry with another UNet", rounds.other_unet, first, rounds.first)
    yield against("binding alone, no parity", rounds.without, first, rounds.first)
    for said, taken, most in (("of the same model", rounds.same, 0), ("with another UNet", rounds.other_unet, 1)):
        again = max(_COMPONENTS - known(each) for each in taken)
        print(f"  components of a second entry {said} that are compared again: {again}", flush=True)
        yield Figure(f"components compared again for a second entry {said}", Kind.COUNT, again, bound=at_most(most))


def known(taken: Taken) -> int:
    """How many components the command said to have been compared before."""
    said, _ = json.JSONDecoder().raw_decode(taken.output, taken.output.index('{\n  "outcomes"'))
    (outcome,) = said["outcomes"]
    return len(set(outcome.get("compared_before", {})) - {"pipeline"})


def with_another_unet(checkpoint: Path, to: Path) -> Path:
    """A copy of a checkpoint of which one number of the UNet has its lowest bit turned."""
    if not to.exists():
        partial = Path(shutil.copyfile(checkpoint, to.with_suffix(".partial")))
        with partial.open("r+b") as file:
            length = int.from_bytes(file.read(8), "little")
            at = 8 + length + json.loads(file.read(length))[_OTHER_NUMBER]["data_offsets"][0]
            file.seek(at)
            lowest = file.read(1)[0]
            file.seek(at)
            file.write(bytes([lowest ^ 1]))
        partial.rename(to)
    return to


if __name__ == "__main__":
    main()
