"""What the operating system says about a folder, in our words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from converter.files import NoSpaceError
from converter.hub.errors import HubDenied, HubError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def translated_os_errors(where: str) -> Iterator[None]:
    """Turn an `OSError` inside into an error of ours; `where` is the folder or hub that is worked on.

    Raises:
        NoSpaceError: the disk is full.
        HubDenied: permission is missing.
        HubError: anything else.
    """
    try:
        yield
    except OSError as error:
        found = f"{where}: {error.strerror or error}" + (f" ({error.filename})" if error.filename else "")
        if error.errno in _FULL:
            raise NoSpaceError(f"{found}; make room and run it again, which finishes the job") from error
        if isinstance(error, PermissionError):
            raise HubDenied(f"{found}; give this user the right to write there or choose another folder") from error
        raise HubError(f"{found}; check the disk and the path, then run it again") from error
