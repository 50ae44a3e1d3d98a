"""The same model through optimum-onnx, in its own virtual environment, and both results beside PyTorch's."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tests.bench.environments import OPTIMUM_PINS, environment
from tests.bench.figures import OPTIMUM, Figure, Kind, ratio_at_most
from tests.bench.measure import Taken, run
from tests.support.sd1_models import sd15, write_folder

TIMES_FASTER, TIMES_LESS = 20, 10
"""What is promised of a conversion without parity, in time and in memory."""


def optimum_python(environments: Path) -> Path:
    """The Python of optimum's environment, which is made when it is not there."""
    return environment(environments / "optimum-venv", OPTIMUM_PINS)


def against_optimum(
    work: Path, ours: Mapping[str, Taken], *, folder: Path, environments: Path | None = None
) -> tuple[Figure, ...]:
    """Export with optimum and print the ratios; both products run on the same inputs, so that neither is hollow.

    Args:
        work: where its input and output are made.
        ours: what we did to what it took; the first is promised to be faster and smaller.
        folder: our release.
        environments: where optimum's is made, if not in `work`.
    """
    python = optimum_python(environments or work)
    source = work / "sd15-random-folder"
    if not source.exists():
        print("\nmaking the diffusers folder (names as transformers 4 saves them, which optimum reads)", flush=True)
        write_folder(sd15(), work / "folder.partial").rename(source)
    target = work / "optimum"
    shutil.rmtree(target, ignore_errors=True)
    theirs = run(
        [python, "-m", "optimum.exporters.onnx", "--model", source, "--task", "text-to-image", target], cwd=work
    )
    print(f"\noptimum-onnx 0.1.0: {theirs.seconds:.1f} s, peak anonymous memory {theirs.anonymous_bytes / 1e9:.2f} GB")
    for name, taken in ours.items():
        time = theirs.seconds / taken.seconds
        memory = theirs.anonymous_bytes / taken.anonymous_bytes
        print(f"  ours {name}: {time:.1f} times faster, {memory:.1f} times less memory")
    print("  (goal: 20 times faster, a tenth of the memory)", flush=True)
    return *_ratios(ours, theirs), *_compare(folder, target)


def _ratios(ours: Mapping[str, Taken], theirs: Taken) -> Iterator[Figure]:
    first = next(iter(ours))
    for name, taken in ours.items():
        faster, less = (ratio_at_most(1 / times) if name == first else None for times in (TIMES_FASTER, TIMES_LESS))
        yield Figure(name, Kind.TIME, taken.seconds, OPTIMUM, theirs.seconds, bound=faster, how="theirs: one run")
        mine, memory = taken.anonymous_bytes, theirs.anonymous_bytes
        yield Figure(f"{name}: peak anonymous memory", Kind.MEMORY, mine, OPTIMUM, memory, bound=less)


def _compare(ours: Path, theirs: Path) -> Iterator[Figure]:
    """Largest difference between the two exports: text encoder and UNet."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    generator = np.random.default_rng(0)
    feeds = {
        "text_encoder": {"input_ids": generator.integers(0, 49407, (1, 77))},
        "unet": {
            "sample": generator.standard_normal((1, 4, 32, 32), dtype=np.float32),
            "timestep": np.array(481, np.int64),
            "encoder_hidden_states": generator.standard_normal((1, 77, 768), dtype=np.float32),
        },
    }
    for part, feed in feeds.items():
        outputs = []
        for folder in (ours, theirs):
            session = ort.InferenceSession(str(folder / part / "model.onnx"), options)
            kinds = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(float)": np.float32}
            typed = {port.name: feed[port.name].astype(kinds[port.type]) for port in session.get_inputs()}
            outputs.append(session.run(None, typed)[0])
            del session
        error = float(np.abs(outputs[0] - outputs[1]).max())
        print(f"  {part}: ours and optimum's differ by {error:.2g}", flush=True)
        yield Figure(f"{part}: largest difference from {OPTIMUM}'s export", Kind.ERROR, error)


if __name__ == "__main__":
    sys.exit("run tests.bench.convert_sd15 --against optimum")
