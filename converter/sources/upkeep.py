"""What lies in the download cache, and making it smaller."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.sources.download_cache import DownloadCache, read_record
from converter.sources.holding import remove_unless_held


@dataclass(frozen=True)
class CachedFile:
    """A whole file, or the beginning of one."""

    path: Path
    sources: tuple[str, ...]
    """Where it came from; empty if that is not known any more."""
    size_bytes: int
    used_at_s: float
    """When it was last used, in seconds since 1970."""
    whole: bool


@dataclass(frozen=True)
class Pruned:
    """What became of a cache."""

    removed: tuple[CachedFile, ...]
    held: tuple[CachedFile, ...]
    """Too old or too much, and in use by a process."""
    left_bytes: int


def cached_files(folder: Path) -> tuple[CachedFile, ...]:
    """Everything in the download cache at `folder`, what was used longest ago first."""
    cache = DownloadCache(folder)
    sources: dict[str, set[str]] = {}
    for path in cache.index.glob("*.json"):
        if record := read_record(path):
            sources.setdefault(record.sha256, set()).add(record.source)
    found = [
        *_files(cache.blobs.glob("*"), sources, whole=True),
        *_files(cache.partials.glob("*.part"), {}, whole=False),
    ]
    return tuple(sorted(found, key=lambda file: (file.used_at_s, file.path)))


def prune(folder: Path, *, max_bytes: int | None, unused_since_s: float | None) -> Pruned:
    """Remove files of the download cache at `folder`, those used longest ago first.

    Args:
        folder: the download cache.
        max_bytes: what it may have afterwards, as far as files in use allow.
        unused_since_s: what was used before this moment, in seconds since 1970, goes in any case.
    """
    cache, files = DownloadCache(folder), cached_files(folder)
    left_bytes = sum(file.size_bytes for file in files)
    removed, held = [], []
    for file in files:
        too_old = unused_since_s is not None and file.used_at_s < unused_since_s
        too_much = max_bytes is not None and left_bytes > max_bytes
        if not (too_old or too_much):
            continue
        if _remove(cache, file):
            removed.append(file)
            left_bytes -= file.size_bytes
        else:
            held.append(file)
    _forget(cache)
    return Pruned(tuple(removed), tuple(held), left_bytes)


def _remove(cache: DownloadCache, file: CachedFile) -> bool:
    if file.whole:
        return remove_unless_held(file.path)
    with cache.locked_if_free(file.path.stem) as free:
        if free:
            file.path.unlink(missing_ok=True)
            file.path.with_suffix(".json").unlink(missing_ok=True)
        return free


def _forget(cache: DownloadCache) -> None:
    """Remove the records of files that are not there."""
    for path in cache.index.glob("*.json"):
        record = read_record(path)
        if record is None or not (cache.blobs / record.sha256).is_file():
            path.unlink(missing_ok=True)


def _files(paths: Iterable[Path], sources: Mapping[str, set[str]], *, whole: bool) -> Iterator[CachedFile]:
    for path in paths:
        try:
            state = path.stat()
        except FileNotFoundError:
            continue  # another process prunes too
        came_from = tuple(sorted(sources.get(path.name, ())))
        yield CachedFile(path, came_from, state.st_size, state.st_mtime, whole)
