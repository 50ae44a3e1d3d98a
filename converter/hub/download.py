"""Downloading a release: every file checked on arrival, the folder in place only when all of them are."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from converter.files import require_space, sha256_of
from converter.hub.errors import DigestMismatch, HubError
from converter.hub.folder_errors import translated_os_errors
from converter.hub.folder_layout import file_sizes
from converter.hub.index import IndexRow
from converter.hub.local_release import MAX_SUMS_BYTES
from converter.hub.published import read_published
from converter.hub.store import Store
from converter.progress import Progress, Report
from converter.release.checksums import CHECKSUMS_NAME, read_checksums


def download(store: Store, wanted: str, to: Path, report: Report, *, allow_yanked: bool = False) -> Path:
    """Have the release `NAME.vN`, or the latest good one of `NAME`, as the folder `to`; returns `to`.

    Files arrive in a folder beside `to`, which a killed run leaves there and the next one goes on with. A folder that
    holds the release already is left as it is.

    Args:
        store: the hub.
        wanted: a tag or a name.
        to: the folder.
        report: called with the progress.
        allow_yanked: a yanked release is wanted all the same.

    Raises:
        YankedRelease: with the reason.
        ReleaseNotFound: with the nearest names.
        DigestMismatch: what arrived is not what was published.
        HubError: `to` holds something else.
        NoSpaceError: the disk has less room than the release needs.
    """
    row = read_published(store).index.find(wanted, allow_yanked=allow_yanked)
    sums = _trusted_sums(store, row)
    digests = read_checksums(sums, f"{store.describe()}: {CHECKSUMS_NAME} at {row.tag}")
    if _is_there(to, sums, digests):
        return to
    partial = to.absolute().parent / f".{to.absolute().name}.{row.tag}.{row.commit[:12]}.partial"
    with translated_os_errors(f"{to}"), _owned(partial):
        require_space(partial, row.size_bytes - sum(file_sizes(partial).values()))
        _fetch_all(store, row, digests, partial, report)
        (partial / CHECKSUMS_NAME).write_bytes(sums)
        _remove_others(partial, {*digests, CHECKSUMS_NAME})
        partial.rename(to)
    return to


def _trusted_sums(store: Store, row: IndexRow) -> bytes:
    sums = store.read(row.commit, CHECKSUMS_NAME, MAX_SUMS_BYTES)
    found = hashlib.sha256(sums).hexdigest()
    if found != row.sums_sha256:
        raise DigestMismatch(
            f"{store.describe()}: {CHECKSUMS_NAME} at {row.tag} has SHA-256 {found}, the index says {row.sums_sha256}; "
            "do not use this release, and tell who runs the hub"
        )
    return sums


def _is_there(to: Path, sums: bytes, digests: Mapping[str, str]) -> bool:
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return False
    differs = _first_difference(to, sums, digests)
    if differs is not None:
        raise HubError(
            f"{to}: found something else there ({differs}), expected no folder or the same release; "
            "delete it or name another folder"
        )
    return True


def _first_difference(to: Path, sums: bytes, digests: Mapping[str, str]) -> str | None:
    if not (to / CHECKSUMS_NAME).is_file() or (to / CHECKSUMS_NAME).read_bytes() != sums:
        return f"its {CHECKSUMS_NAME} is missing or another"
    differing = (path for path, digest in digests.items() if not _has_digest(to / path, digest))
    return next((f"{path} is missing or has other bytes" for path in differing), None)


def _has_digest(file: Path, digest: str) -> bool:
    return file.is_file() and sha256_of(file) == digest


@contextmanager
def _owned(partial: Path) -> Iterator[None]:
    """Make the folder and hold it: two downloads into one place would write into each other's files."""
    partial.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise HubError(f"{partial}: another download is writing there; wait for it to end") from error
    finally:
        os.close(descriptor)


def _fetch_all(store: Store, row: IndexRow, digests: Mapping[str, str], partial: Path, report: Report) -> None:
    sizes = {file.path: file.size_bytes for file in store.files(row.commit)}
    if missing := sorted(set(digests) - set(sizes)):
        raise DigestMismatch(
            f"{store.describe()}: {row.tag} lacks {', '.join(missing[:10])}, which its {CHECKSUMS_NAME} lists; "
            "do not use this release"
        )
    task, total = f"{row.tag}: downloading", sum(sizes[path] for path in digests)
    done = 0
    for path, digest in digests.items():
        if not _has_digest(partial / path, digest):
            (partial / path).unlink(missing_ok=True)
            store.fetch(row.commit, path, partial, _shifted(report, task, done, total))
            _require_digest(store, row.tag, partial / path, path, digest)
        done += sizes[path]
        report(Progress(task, done, total, "bytes"))


def _require_digest(store: Store, tag: str, file: Path, path: str, digest: str) -> None:
    found = sha256_of(file)
    if found != digest:
        file.unlink()
        raise DigestMismatch(
            f"{store.describe()}: {path} of {tag} arrived with SHA-256 {found}, {CHECKSUMS_NAME} says {digest}; it was "
            "thrown away: run it again, and if that does not help, do not use this release"
        )


def _shifted(report: Report, task: str, base: int, total: int) -> Report:
    """A report for one file that counts in the whole download."""
    return lambda progress: report(Progress(task, min(total, base + progress.done), total, "bytes"))


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Delete what clients left beside the files (caches, records of partial downloads)."""
    for path in file_sizes(folder):
        if path not in wanted:
            (folder / path).unlink()
    for where, _, _ in os.walk(folder, topdown=False):
        if where != str(folder) and not any(Path(where).iterdir()):
            Path(where).rmdir()
