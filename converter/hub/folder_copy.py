"""Copying files between folders: new plain files, flushed to the disk, as fast as the file system can."""

import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from converter.progress import Progress, Report

_STEP_BYTES = 64 << 20
"""One call copies at most this much, so that progress moves and Ctrl-C is heard."""
# Between two file systems, or on one that cannot: copy through memory instead.
_NO_RANGE_COPY = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}


def copy_files(source: Path, target: Path, sizes: Mapping[str, int], task: str, report: Report) -> None:
    """Copy `source / path` to `target / path` for each path of `sizes`, making folders.

    Never a hard link or a symbolic one: onnx refuses external data that is either, and a link would let a later change
    of the source change the release. Where the file system can share blocks (btrfs, XFS), `copy_file_range` does.
    """
    done, total_bytes = 0, sum(sizes.values())
    report(Progress(task, done, total_bytes, "bytes"))
    for path in sizes:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        with (source / path).open("rb") as reader, (target / path).open("xb") as writer:
            while copied := _copy_some(reader.fileno(), writer.fileno()):
                done += copied
                report(Progress(task, done, total_bytes, "bytes"))
            os.fsync(writer.fileno())


def flush_files(folder: Path, paths: Iterable[str]) -> None:
    """Have the bytes of files that somebody else wrote on the disk before the folder gets a name that promises them."""
    for path in paths:
        flush(folder / path)


def flush(path: Path) -> None:
    """Flush one file or folder; for a folder, the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_some(reader: int, writer: int) -> int:
    try:
        copied = os.copy_file_range(reader, writer, _STEP_BYTES)
    except OSError as error:
        if error.errno not in _NO_RANGE_COPY:
            raise
        copied = 0
    # Zero is the end, or one of the file systems (/proc, some FUSE) that say zero when they cannot.
    return copied or _copy_through_memory(reader, writer)


def _copy_through_memory(reader: int, writer: int) -> int:
    chunk = os.read(reader, 1 << 20)
    view = memoryview(chunk)
    while view:
        view = view[os.write(writer, view) :]
    return len(chunk)
