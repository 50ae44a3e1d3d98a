"""What code it is: one digest of files in a checkout, changes that are not committed included."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_MADE = {"__pycache__", "node_modules"}
"""Folders of what is made of code."""


def code_digest(root: Path, patterns: Iterable[str]) -> str:
    """SHA-256 (64 hexadecimal digits) of the names and contents of all files that a pattern names, below `root`."""
    digest = hashlib.sha256()
    files = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    for path in sorted(files):
        if _MADE.isdisjoint(path.parts):
            name, content = path.relative_to(root).as_posix().encode(), path.read_bytes()
            digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()
