"""Diffusers folders to be changed: a copy of one, and edits of its JSON."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def copy_folder(folder: Path, target: Path) -> Path:
    """A copy whose weights are links: put other files in their place, never write into them."""

    def link_or_copy(source: str, copy: str) -> None:
        if source.endswith(".safetensors"):
            os.link(source, copy)
        else:
            shutil.copy2(source, copy)

    shutil.copytree(folder, target, copy_function=link_or_copy)
    return target


def edit_json(path: Path, changes: Mapping[str, Any] | None = None, *, without: tuple[str, ...] = ()) -> None:
    """Give keys of a JSON object other values, and take keys out of it."""
    value = {**json.loads(path.read_text("utf-8")), **(changes or {})}
    path.write_text(json.dumps({name: item for name, item in value.items() if name not in without}), "utf-8")
