"""A virtual environment of pinned packages, for a client that cannot share this project's."""

import json
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import run

TORCH = "torch==2.13.0"
"""The first of all pins: the build for CPUs."""
OPTIMUM_PINS = (
    TORCH,
    "optimum==2.1.0",
    "optimum-onnx==0.1.0",
    "transformers==4.57.6",
    "diffusers==0.39.0",
    "onnxruntime==1.32.0",
    "onnx==1.23.2",
    "numpy==2.3.5",
    "accelerate==1.15.0",
)
"""The last optimum-onnx, and the newest that it works with."""

_STAMP = "pins.json"
"""Written last, so that an environment whose making was interrupted is made anew."""


def environment(folder: Path, pins: Sequence[str]) -> Path:
    """The Python of the environment in `folder`, which is made anew when it is not of these pins.

    The first pin is installed alone before the rest: where that is torch, pip takes the build that the machine's
    index has (the CPU's, if told so) and looks for no other.

    Raises:
        subprocess.CalledProcessError: pip could not install them; nothing is stamped.
    """
    python, stamp = folder / "bin" / "python", folder / _STAMP
    if stamp.exists() and json.loads(stamp.read_text()) == list(pins):
        return python
    print(f"making the environment {folder.name}: {len(pins)} pins", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    for step in (pins[:1], pins):
        run([python, "-m", "pip", "install", "-q", *step])
    stamp.write_text(json.dumps(list(pins)))
    return python
