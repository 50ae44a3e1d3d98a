"""Virtual environments of programs that ours is compared with, each at pinned versions."""

import json
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import run

OPTIMUM = (
    "torch==2.13.0",
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


def environment(folder: Path, pins: Sequence[str]) -> Path:
    """The Python of a virtual environment that has exactly `pins` and what they need.

    It is made when it is not there, is half made, or was made of other pins.

    Raises:
        SystemExit: pip failed; its output is printed.
    """
    python, stamp = folder / "bin" / "python", folder / "pins.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != list(pins):
        print(f"making the environment {folder.name}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        run([python, "-m", "pip", "install", "-q", *pins])
        stamp.write_text(json.dumps(list(pins)))
    return python
