"""What the workers of one run share: the one that needs it first makes it, and the others wait for it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from converter.files import locked


def folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    """The same folder for every worker of a run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_by_one(place: Path, make: Callable[[Path], object]) -> Path:
    """`place`, a file or folder that `make` has written: to a name beside it, so that what is there is whole."""
    with locked(place.with_name(f"{place.name}.lock")):
        if not place.exists():
            unfinished = place.with_name(f"{place.name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(place)
    return place
