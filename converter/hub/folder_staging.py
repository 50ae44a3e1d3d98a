"""Where a release waits inside a file hub until it is whole.

One place a branch, one owner at a time, nothing left behind:

HUB/.incoming/NAME        being copied; worthless when its owner is gone
HUB/.incoming/NAME.lock   held (flock) by the owner; the kernel lets go of it when the process dies, however it dies
HUB/.commits/NAME         whole, not tagged yet: the branch's newest commit
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from converter.hub.folder_copy import flush
from converter.hub.folder_layout import COMMITS, INCOMING

_LOCK = ".lock"
_OLD = ".old"


@contextmanager
def branch_lock(root: Path, branch: str) -> Iterator[None]:
    """Wait for the right to change one branch of a file hub (`main` is its index), and hold it inside."""
    descriptor = _open_lock(root / INCOMING / f"{branch}{_LOCK}")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def fresh_incoming(root: Path, branch: str) -> Path:
    """An empty place for a copy; the caller has the branch's lock, so what lies there is nobody's."""
    place = root / INCOMING / branch
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    return place


def move_into_commits(folder: Path, root: Path, branch: str) -> Path:
    """Rename a whole release folder to the branch's commit, in place of an untagged one; the caller has the lock."""
    commit, old = root / COMMITS / branch, root / INCOMING / f"{branch}{_OLD}"
    commit.parent.mkdir(parents=True, exist_ok=True)
    if commit.exists():
        shutil.rmtree(old, ignore_errors=True)
        commit.rename(old)
    folder.rename(commit)
    flush(commit.parent)
    shutil.rmtree(old, ignore_errors=True)
    return commit


def clear_leftovers(root: Path) -> None:
    """Delete what killed runs were copying. A place whose owner lives is left alone."""
    for lock in sorted((root / INCOMING).glob(f"*{_LOCK}")):
        descriptor = _open_lock(lock)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for place in (lock.with_suffix(""), lock.with_suffix(_OLD)):
                shutil.rmtree(place, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)


def _open_lock(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Lock files stay: deleting one while somebody waits for it would give two owners.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
