"""Real release folders for tests to damage: copies, and copies whose checksums and manifest agree with the damage."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from converter.release import CHECKSUMS_NAME, MANIFEST_NAME, FolderView, Manifest, ReleaseError, record_of, verify
from tests.support.tiny_release import write_checksums


def copied(release: Path, to: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(release, to)
    return to


def flipped(file: Path, at: int = -1) -> None:
    """Change one bit of a file, and nothing else about it."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def reissued(
    folder: Path,
    files: Mapping[str, bytes] | None = None,
    manifest: Callable[[dict[str, Any]], object] | None = None,
) -> Path:
    """Write files into a release and make manifest and checksums agree with them, as a careful forger would.

    Args:
        folder: a release folder.
        files: path to new content.
        manifest: changes the manifest's JSON object in place.
    """
    for path, data in (files or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    raw = json.loads((folder / MANIFEST_NAME).read_bytes())
    about = {MANIFEST_NAME, CHECKSUMS_NAME, "README.md"}
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    records = (record_of(folder / path, path) for path in paths if path not in about)
    raw["files"] = [{"path": r.path, "size_bytes": r.size_bytes, "sha256": r.sha256} for r in records]
    (manifest or bool)(raw)
    (folder / MANIFEST_NAME).write_text(json.dumps(raw))
    write_checksums(folder)
    return folder


def manifest_of(folder: Path) -> Manifest:
    return Manifest.from_json((folder / MANIFEST_NAME).read_bytes(), MANIFEST_NAME)


def graph_files(folder: Path) -> dict[str, bytes]:
    """The graphs and their weights, by path."""
    paths = (*folder.glob("*/model.onnx"), *folder.glob("*/weights.pb"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def fault_of(folder: Path) -> str:
    """What verification says about a folder that is not whole."""
    with pytest.raises(ReleaseError) as caught:
        verify(FolderView(folder))
    assert str(folder) in str(caught.value)
    return str(caught.value)
