"""The attempts of one download: begin, go on, try again, check."""

import http.client
from pathlib import Path

from converter.files import require_space
from converter.progress import Progress, Report
from converter.sources.answers import NothingMore, Rest, Unchanged, Whole, answer_of, refuse_text
from converter.sources.attempts import pause
from converter.sources.download_cache import DownloadCache, Record, key_of
from converter.sources.errors import SourceError, TryAgain
from converter.sources.partial import Partial
from converter.sources.policy import Downloads, SourcePolicy
from converter.sources.wanted import Wanted
from converter.sources.web import chunk_of, opened

_PROGRESS_BYTES = 8 << 20
"""An attempt that got this far does not count as a failure: large files may break often and still arrive."""


class Transfer:
    """The attempts of one download, by who has locked it in the cache."""

    def __init__(self, wanted: Wanted, downloads: Downloads, known: Record | None, report: Report) -> None:
        """`known` is what the cache has of an earlier version."""
        self._wanted, self._downloads, self._known, self._report = wanted, downloads, known, report
        self._policy: SourcePolicy = downloads.policy
        self._cache = DownloadCache(downloads.folder)
        self._key = key_of(wanted.identity)
        self._partial: Partial = self._cache.partial(self._key)

    def run(self) -> Path:
        """Try until the file is there, as often as the policy allows.

        Raises:
            SourceError: it is missing, not allowed, too large, or not what is pinned.
            SourceUnreachable: its host does not answer, or not with all of it.
            NoSpaceError: the disk has no room for it.
        """
        failures = 0
        while True:
            start_bytes = self._partial.size_bytes
            try:
                return self._attempt()
            except TryAgain as again:
                far = self._partial.size_bytes - start_bytes >= _PROGRESS_BYTES
                failures = 1 if far else failures + 1
                pause(again, failures, self._wanted.shown, self._downloads)

    def _attempt(self) -> Path:
        headers = self._partial.resume
        if not headers and self._known is not None:
            headers = self._known.version.if_changed
        try:
            with opened(self._wanted.address, headers, self._policy) as (response, path):
                return self._received(response, path)
        except SourceError as error:
            raise SourceError(f"{self._wanted.shown}: {error}") from None  # which has no secrets, the cause might

    def _received(self, response: http.client.HTTPResponse, path: str) -> Path:
        partial = self._partial
        match answer_of(response, self._wanted, path):
            case Unchanged():
                return self._unchanged()
            case NothingMore(total_bytes=total):
                if total != partial.size_bytes or partial.total_bytes not in (None, total):
                    partial.discard()
                    raise TryAgain("the server does not have the rest of what it began to send", 0.0)
            case Rest() as rest:
                self._continue(rest)
                self._read(response)
            case Whole() as whole:
                self._begin(whole)
                self._read(response)
        return self._finished()

    def _unchanged(self) -> Path:
        known = self._known
        blob = None if known is None else self._cache.blob(known.sha256, known.size_bytes)
        if blob is None:
            self._known = None
            raise TryAgain("the server answered 304 to who has nothing")
        return blob

    def _continue(self, rest: Rest) -> None:
        partial = self._partial
        changed = rest.version.contradicts(partial.version)
        lengths = {partial.total_bytes, rest.total_bytes} - {None}
        if changed or rest.start != partial.size_bytes or not partial.size_bytes or len(lengths) > 1:
            partial.discard()
            raise TryAgain("the file was changed while it was downloaded", 0.0)
        require_space(self._downloads.folder, max(0, (rest.total_bytes or 0) - partial.size_bytes))

    def _begin(self, whole: Whole) -> None:
        if not whole.framed:
            raise SourceError(
                "the server does not say how long the file is, expected its length: half of it could not be told from "
                "all of it; use another address"
            )
        self._require_allowed(whole.total_bytes or 0)
        self._partial.discard()
        require_space(self._downloads.folder, whole.total_bytes or 0)
        self._partial.begin(whole.version, whole.total_bytes)

    def _read(self, response: http.client.HTTPResponse) -> None:
        partial = self._partial
        task = f"{self._wanted.shown}: downloading"
        self._report(Progress(task, partial.size_bytes, partial.total_bytes, "bytes"))
        while chunk := chunk_of(response):
            if partial.size_bytes == 0:
                refuse_text(chunk, self._wanted.login)
            self._require_allowed(partial.size_bytes + len(chunk))
            partial.append(chunk)
            self._report(Progress(task, partial.size_bytes, partial.total_bytes, "bytes"))

    def _require_allowed(self, size_bytes: int) -> None:
        if size_bytes > self._policy.max_bytes:
            self._partial.discard()
            raise SourceError(
                f"the file has {size_bytes:,} bytes or more, expected at most {self._policy.max_bytes:,}; "
                "use a smaller one"
            )

    def _finished(self) -> Path:
        partial, pinned = self._partial, self._wanted.sha256
        if partial.total_bytes not in (None, partial.size_bytes):
            raise TryAgain(f"the connection ended after {partial.size_bytes:,} of {partial.total_bytes:,} bytes")
        if pinned is not None and partial.sha256 != pinned:
            found = partial.sha256
            partial.discard()
            raise SourceError(
                f"the file has SHA-256 {found}, expected {pinned}; it was changed or is another one: "
                "correct `sha256` after finding out why"
            )
        return self._cache.keep(self._key, self._wanted.shown, partial)
