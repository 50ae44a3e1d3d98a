"""Files of the download cache that this process uses: pruning in any process leaves them alone."""

import fcntl
import os
import threading
from pathlib import Path

# A model stays memory-mapped and is opened again for parity, and nobody says when the last use was: what a process has
# fetched it holds until it ends. A lock ends with its process, however that ends.
_held: dict[Path, int] = {}
_guard = threading.Lock()


def hold(path: Path) -> bool:
    """Keep a file from being pruned until this process ends; `False` if it is not there."""
    with _guard:
        known = _held.get(path)
        if known is not None and _is_open_file(known, path):
            return True
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not _is_open_file(descriptor, path):  # it was pruned between the two calls
            os.close(descriptor)
            return False
        if known is not None:
            os.close(known)
        _held[path] = descriptor
        return True


def remove_unless_held(path: Path) -> bool:
    """Remove a file that no process holds; says whether it is gone."""
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True


def _is_open_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
