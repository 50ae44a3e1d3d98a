"""What the documentation shows for clients that have environments of their own, run as it stands."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.client_drivers.jobs import Job
from tests.bench.client_matrix.cells import Cell
from tests.bench.client_matrix.known import PAGE
from tests.bench.client_matrix.running import Driver

_NAME = "openjourney.v1"
"""The folder that the snippets read."""


def optimum_snippet(python: Path, release: Path, work: Path) -> str:
    """What went wrong with the Python that is shown for optimum, or nothing."""
    folder = _folder_of_a_user(work / "snippets" / "optimum", release)
    wrong = _run([str(python), "-c", snippet(PAGE.read_text("utf-8"), "python", "from optimum")], folder)
    return wrong or ("" if (folder / "fox.png").exists() else "it wrote no image")


def onnx_web_snippet(driver: Driver, cell: Cell, work: Path) -> str:
    """The same for the shell that is shown for onnx-web: its pipeline must then load what lies among its models."""
    folder = _folder_of_a_user(work / "snippets" / "onnx-web", Path(cell.job.folder).resolve())
    models = folder / "onnx-web" / "models"
    models.mkdir(parents=True)
    if wrong := _run(["sh", "-ec", snippet(PAGE.read_text("utf-8"), "shell", "onnx-web/models")], folder):
        return wrong
    (there,) = models.iterdir()
    job = Job(str(folder / "image.npy"), str(there), cell.task, options=cell.job.options)
    made = driver.run([job])[job.out].image
    return "" if made is not None and np.isfinite(made).all() else f"onnx-web makes no image of {there.name}"


def snippet(page: str, language: str, word: str) -> str:
    """The one fenced block of a language that has this word.

    Raises:
        ValueError: there is none, or more than one.
    """
    (found,) = (block for block in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL) if word in block)
    return str(found)


def _folder_of_a_user(folder: Path, release: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _NAME).symlink_to(release)
    return folder


def _run(command: Sequence[str], folder: Path) -> str:
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    ran = subprocess.run(command, cwd=folder, env=offline, capture_output=True, text=True, check=False)
    lines = ran.stderr.strip().splitlines() or ["it said nothing"]
    return lines[-1] if ran.returncode else ""
