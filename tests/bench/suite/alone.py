"""One run at a time in a work folder, and figures of a machine that measures one thing."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(Exception):
    """Another run is in the work folder."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make the folder and be the only run in it; the lock ends with the process, however that ends.

    Raises:
        BusyError: it is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"found another run in {folder}, expected to be alone there; wait for it: two at a time would measure "
                "each other"
            ) from error
        yield
