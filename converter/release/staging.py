"""A folder or a file appears whole or not at all: it is made elsewhere, and what dead runs left is swept away."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SUFFIX = ".partial"


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Make a folder beside `target` that takes its place on success, and vanishes on failure or interrupt.

    What `target` was before is removed only then. A killed run leaves its folder behind; the next run for any target
    of the same parent removes it: a folder whose lock nobody holds belongs to nobody.
    """
    with _partial(target) as partial:
        yield partial
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)


@contextmanager
def staged_files(target: Path) -> Iterator[Path]:
    """Make a folder beside the file `target` whose files take their places next to it on success, else vanish.

    Each replaces an older one in one step, in the order of their names, so that `NAME.json` says of `NAME` what is
    there already.
    """
    with _partial(target) as partial:
        yield partial
        for file in sorted(partial.iterdir()):
            file.replace(target.with_name(file.name))


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    partial = target.parent / f".{target.name}.{os.getpid()}{_SUFFIX}"
    with _locked(partial):
        try:
            partial.mkdir()
            yield partial
        finally:
            with suppress(FileNotFoundError):
                shutil.rmtree(partial)


def sweep(parent: Path) -> None:
    """Remove the staging folders under `parent` whose owners are gone."""
    for lock in sorted(parent.glob(f".*{_SUFFIX}.lock")):
        with lock.open("ab") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            with suppress(FileNotFoundError):
                shutil.rmtree(lock.with_suffix(""))
            lock.unlink(missing_ok=True)


@contextmanager
def _locked(partial: Path) -> Iterator[None]:
    """Hold the lock `PARTIAL.lock`; the system lets go of it when the process ends in whatever way."""
    path = partial.with_name(partial.name + ".lock")
    with path.open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
