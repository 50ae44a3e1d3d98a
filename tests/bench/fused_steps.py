"""A step of `optimize: fused` beside one of `none`, on the CPU: Stable Diffusion 1.5's real shapes with random weights.

    .venv/bin/python -m tests.bench.fused_steps [--part unet] [--size 64] [--batch 2] [--rounds 10] [--work FOLDER]
        [--tiny]

Both graphs are open in one process and take turns, so that a noisy machine slows both; the ratio is taken within a
round, and the median is reported. The peak of memory is that of a process of its own, which opens one graph and runs
it once.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from converter.cli.step_clock import peak_bytes
from converter.graphs import Component, ComponentKind, Fuse, TemplateStore, bind, example_shapes, ports_of
from converter.models.configs import Part
from tests.bench import figures
from tests.bench.figures import Bound, Direction, Figure, Kind, ratio_at_most
from tests.support.components import PARTS, Array, component_of
from tests.support.sd1_models import Sd1, Values, pico, sd15

VARIANTS = {"none": (), "fused": (Fuse(),)}


@dataclass(frozen=True)
class _Seeded:
    """The state dict of a component whose numbers are made when they are read."""

    values: Mapping[str, Values]
    shapes: Mapping[str, tuple[int, ...]]

    @staticmethod
    def of(model: Sd1, part: Part, beginnings: tuple[str, ...]) -> "_Seeded":
        tensors, shapes = model.tensors(part), model.shapes(part)
        wanted = [name for name in shapes if name.startswith(beginnings)]
        return _Seeded({name: tensors[name] for name in wanted}, {name: shapes[name] for name in wanted})

    def read(self, name: str) -> Array:
        return self.values[name]()

    def done(self, name: str) -> None:
        """Nothing is kept."""


def main() -> None:
    arguments = _arguments()
    kind = ComponentKind(arguments.part)
    model = pico() if arguments.tiny else sd15()
    component = component_of(model, kind)
    inputs = _inputs(component, arguments.size, arguments.batch)
    if arguments.once:
        _open(arguments.once).run(None, inputs)
        print(peak_bytes())
        return
    folders = {name: arguments.work / f"{kind}-{name}" for name in VARIANTS}
    _make(model, kind, folders, arguments.work)
    print(f"{kind}, latents {arguments.size}x{arguments.size}, batch {arguments.batch}", flush=True)
    peaks = {name: [_peak(folder) for _ in range(2)] for name, folder in folders.items()}
    for name, each in peaks.items():
        print(f"  {name}: peak memory {', '.join(f'{peak / 1e9:.2f}' for peak in each)} GB", flush=True)
    found = _take_turns(kind, folders, inputs, arguments.rounds)
    below = Bound(Direction.BELOW, 1.0, of_ratio=True)
    mine, theirs = (max(peaks[name]) for name in ("fused", "none"))
    found += (Figure(f"{kind}, `fused`: peak resident memory", Kind.MEMORY, mine, "`none`", theirs, bound=below),)
    figures.write(figures.without_bounds(found) if arguments.tiny else found, arguments.figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--part", default="unet", choices=[str(kind) for kind in PARTS])
    parser.add_argument("--size", type=int, default=64, help="height and width of the latents")
    parser.add_argument("--batch", type=int, default=2, help="2 is what classifier-free guidance takes")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--work", type=Path, default=Path("build/bench-fused"), help="holds about 8 GB")
    parser.add_argument("--tiny", action="store_true", help="a model of five million parameters: checks this command")
    figures.add_option(parser)
    parser.add_argument("--once", type=Path, help="open this folder's graph and run it once; what a child is told")
    return parser.parse_args()


def _inputs(component: Component, size: int, batch: int) -> dict[str, Array]:
    blocks = size // 8
    shapes = example_shapes(component, batch=batch, blocks=(blocks, blocks), tokens=77)
    random = np.random.default_rng(0)
    made = {}
    for port in ports_of(component).inputs:
        shape, whole = shapes[port.name], port.dtype.startswith("int")
        made[port.name] = random.integers(0, 999, shape) if whole else random.standard_normal(shape)
        made[port.name] = np.asarray(made[port.name]).astype(port.dtype)
    return made


def _make(model: Sd1, kind: ComponentKind, folders: Mapping[str, Path], work: Path) -> None:
    part, beginnings = PARTS[kind]
    component, store = component_of(model, kind), TemplateStore(work / "templates")
    for name, folder in folders.items():
        if not (folder / "model.onnx").exists():
            bind(store.get(component, VARIANTS[name]), _Seeded.of(model, part, beginnings), folder)


def _open(folder: Path):  # type: ignore[no-untyped-def]  # onnxruntime ships no types
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    return ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


def _peak(folder: Path) -> int:
    command = [sys.executable, "-m", "tests.bench.fused_steps", *sys.argv[1:], "--once", str(folder)]
    return int(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]))


def _take_turns(
    kind: ComponentKind, folders: Mapping[str, Path], inputs: Mapping[str, Array], rounds: int
) -> tuple[Figure, ...]:
    sessions = {name: _open(folder) for name, folder in folders.items()}
    results = {name: session.run(None, dict(inputs))[0] for name, session in sessions.items()}
    error = np.abs(results["fused"] - results["none"]).max()
    took: dict[str, list[float]] = {name: [] for name in sessions}
    for turn in range(rounds):
        for name in sorted(sessions, reverse=bool(turn % 2)):
            started = time.perf_counter()
            sessions[name].run(None, dict(inputs))
            took[name].append(time.perf_counter() - started)
    for name, seconds in took.items():
        print(f"  {name}: median step {median(seconds):.2f} s, least {min(seconds):.2f} s")
    ratios = [fused / none for fused, none in zip(took["fused"], took["none"], strict=True)]
    print(
        f"  fused to none, median ratio of {rounds}: {median(ratios):.3f}; largest difference {error:.2g}", flush=True
    )
    ours, plain = (median(took[name]) for name in ("fused", "none"))
    bound, how = ratio_at_most(1.0), f"medians of {rounds}, ratio within a round"
    step = Figure(f"{kind}, `fused`: a step", Kind.TIME, ours, "`none`", plain, median(ratios), bound, how)
    return step, Figure(f"{kind}, `fused`: largest difference from `none`", Kind.ERROR, float(error))


if __name__ == "__main__":
    main()
