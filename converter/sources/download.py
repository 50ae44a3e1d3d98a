"""Download one file of the web into the cache: once, whole, and the right one."""

from pathlib import Path

from converter.progress import Progress, Report
from converter.sources.download_cache import DownloadCache, Record, key_of
from converter.sources.policy import Downloads
from converter.sources.transfer import Transfer
from converter.sources.wanted import Wanted


def download(wanted: Wanted, downloads: Downloads, report: Report) -> Path:
    """The file, in the cache and by the name of its SHA-256; it stays there until this process ends.

    A file with the pinned digest is not asked for again; one without a pin is asked for only if the server has another
    version by now. Processes that want the same file wait for the first of them.

    Raises:
        SourceError: it is missing, not allowed, too large, or not what is pinned.
        SourceUnreachable: its host does not answer, or not with all of it.
        NoSpaceError: the disk has no room for it.
    """
    cache, key = DownloadCache(downloads.folder), key_of(wanted.identity)
    if wanted.sha256 and (blob := cache.blob(wanted.sha256)):
        return blob
    before = cache.record(key)
    with cache.locked(key, lambda: report(Progress(f"{wanted.shown}: another process downloads it", 0, None, ""))):
        now = cache.record(key)
        if now is not None and now != before and (blob := _reused(cache, now, wanted)):
            return blob  # another process has just downloaded it
        known = now if now is not None and _reused(cache, now, wanted) else None
        return Transfer(wanted, downloads, known, report).run()


def _reused(cache: DownloadCache, record: Record, wanted: Wanted) -> Path | None:
    if wanted.sha256 not in (None, record.sha256):
        return None
    return cache.blob(record.sha256, record.size_bytes)
