"""`SHA256SUMS`: the digest of every file of a release, in the format of `sha256sum -c`. Pure."""

import re
from collections.abc import Mapping

from converter.release.errors import ReleaseError

CHECKSUMS_NAME = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def write_checksums(digests: Mapping[str, str]) -> bytes:
    """Path to SHA-256, as the bytes of `SHA256SUMS`: sorted, one line a file."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def read_checksums(data: bytes, where: str) -> dict[str, str]:
    """The inverse of `write_checksums`.

    Raises:
        ReleaseError: a line is of another form, a path is listed twice or leads out of the folder.
    """
    digests: dict[str, str] = {}
    for number, line in enumerate(_text(data, where).splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if not found:
            raise ReleaseError(
                f"{where}:{number}: found {line[:80]!r}, expected `<sha256>  <path>`; the file is damaged"
            )
        digest, path = found.groups()
        require_inside(path, f"{where}:{number}")
        if path in digests:
            raise ReleaseError(f"{where}:{number}: {path} is listed twice, expected once; the file is damaged")
        digests[path] = digest
    if not digests:
        raise ReleaseError(f"{where}: empty, expected one line for each file of the release")
    return digests


def require_inside(path: str, where: str) -> None:
    """Refuse a path that leads out of its folder: a hostile manifest could otherwise read or write anything.

    Raises:
        ReleaseError: the path is absolute, has a backslash, or has an empty, `.` or `..` part.
    """
    if "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ReleaseError(f"{where}: the path {path!r} leads out of the release; do not use this release")


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{where}: not text ({error}); the file is damaged") from error
