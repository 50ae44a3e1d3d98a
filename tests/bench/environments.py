"""A virtual environment of pinned packages, for a client that cannot share this project's."""

import json
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import run

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
