"""Load and run graphs of the same component in turns, so that what slows the machine slows all of them."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from converter.parity import difference, worst
from tests.bench.levels.player import playing
from tests.bench.levels.results import Agreement

Graphs = Mapping[str, Path]
"""Whose it is to its `model.onnx`."""


def load_times(graphs: Graphs, inputs: Path, optimisation: str, rounds: int) -> dict[str, tuple[float, ...]]:
    """Seconds of each load, each in a fresh process; the first one of each, which reads the file, does not count."""
    seconds: dict[str, list[float]] = {whose: [] for whose in graphs}
    for number in range(rounds + 1):
        for whose in _turned(list(graphs), number):
            with playing(graphs[whose], inputs, optimisation) as player:
                seconds[whose].append(player.load_s)
    return {whose: tuple(found[1:]) for whose, found in seconds.items()}


def run_times(graphs: Graphs, inputs: Path, rounds: int, outputs: Path) -> dict[str, tuple[tuple[float, ...], int]]:
    """Seconds of each run after the first, and the most memory; all are loaded, and one runs at a time, in turns.

    The outputs of each first run are written to `outputs/WHOSE.npz`.
    """
    outputs.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, list[float]] = {whose: [] for whose in graphs}
    with ExitStack() as opened:
        players = {whose: opened.enter_context(playing(graph, inputs, "extended")) for whose, graph in graphs.items()}
        for whose, player in players.items():
            player.run(output_file(outputs, whose))
        for number in range(rounds):
            for whose in _turned(list(graphs), number):
                seconds[whose].append(players[whose].run())
        return {whose: (tuple(seconds[whose]), player.peak_bytes) for whose, player in players.items()}


def output_file(folder: Path, whose: str) -> Path:
    """Where the outputs of a graph are."""
    return folder / f"{whose.replace('/', '-')}.npz"


def agreement(ours: Path, theirs: Path) -> Agreement:
    """How far two files of outputs are apart, in what both have."""
    a, b = np.load(ours), np.load(theirs)
    common = [name for name in a.files if name in b.files]
    if not common:
        raise SystemExit(f"found outputs {a.files} and {b.files}, expected one that both have")
    found = worst([difference(a[name].astype(np.float32), b[name].astype(np.float32), name) for name in common])
    return Agreement(found.max_abs, found.psnr_db)


def _turned(names: Sequence[str], by: int) -> list[str]:
    """Another one begins each round: what comes after something heavy is not always the same."""
    first = by % len(names)
    return [*names[first:], *names[:first]]
