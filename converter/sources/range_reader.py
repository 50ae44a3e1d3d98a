"""Stretches of a file on the web, by range requests; what was read once is not asked for again."""

import http.client

from converter.sources.answers import NothingMore, Rest, Whole, answer_of, refuse_text, says_which_bytes
from converter.sources.attempts import persistent
from converter.sources.errors import SourceError, SourceUnreachable, TryAgain
from converter.sources.file_version import FileVersion
from converter.sources.policy import Downloads
from converter.sources.traffic import Traffic
from converter.sources.wanted import Wanted
from converter.sources.web import chunk_of, opened

MOST_BYTES = 5_000_000
"""What is transferred of one file at most: a look at 4 GB must cost next to nothing."""
_BLOCK_BYTES = 128 << 10
"""Most headers fit into two of them."""
_NO_RANGES = (
    "the server does not support ranges: {found}, expected 206 with the bytes that were asked for; it cannot be looked "
    "at without downloading it"
)


class RangeReader:
    """Reads a file as it is at the first request; a change in between is noticed."""

    def __init__(self, wanted: Wanted, downloads: Downloads, traffic: Traffic, most_bytes: int = MOST_BYTES) -> None:
        """A reader that has read nothing yet.

        Args:
            wanted: the file; its `sha256` is not looked at, because only a whole file has one.
            downloads: how the web is reached.
            traffic: counts what is received.
            most_bytes: how much may be.
        """
        self._wanted, self._downloads, self._traffic = wanted, downloads, traffic
        self._left_bytes = most_bytes
        self._blocks: dict[int, bytes] = {}
        self._size_bytes: int | None = None
        self._version = FileVersion()

    @property
    def size_bytes(self) -> int:
        """Of the whole file; asks the server the first time.

        Raises:
            SourceError: as `read` does.
            SourceUnreachable: as `read` does.
        """
        if self._size_bytes is None:
            self._fetch(0, 1)
        return self._size_bytes or 0

    def read(self, begin: int, size: int) -> bytes:
        """`size` bytes from `begin` on, fewer at the end of the file.

        Raises:
            SourceError: it is no file, too large, needs more than `most_bytes`, or the server has no ranges.
            SourceUnreachable: the server does not answer, or has another file by now.
        """
        end = min(begin + size, self.size_bytes)
        if begin >= end:
            return b""
        blocks = range(begin // _BLOCK_BYTES, -(-end // _BLOCK_BYTES))
        if missing := [block for block in blocks if block not in self._blocks]:
            self._fetch(missing[0], missing[-1] + 1)
        start = blocks[0] * _BLOCK_BYTES
        return b"".join(self._blocks[block] for block in blocks)[begin - start : end - start]

    def _fetch(self, first: int, stop: int) -> None:
        begin, end = first * _BLOCK_BYTES, stop * _BLOCK_BYTES
        if self._size_bytes is not None:
            end = min(end, self._size_bytes)
        data = persistent(lambda: self._attempt(begin, end), self._wanted.shown, self._downloads)
        for offset in range(0, len(data), _BLOCK_BYTES):
            self._blocks[(begin + offset) // _BLOCK_BYTES] = data[offset : offset + _BLOCK_BYTES]

    def _attempt(self, begin: int, end: int) -> bytes:
        if end - begin > self._left_bytes:
            raise SourceError(
                f"{self._wanted.shown}: what describes it takes {end - begin:,} bytes more, expected at most "
                f"{MOST_BYTES:,} in all; download it to look at it"
            )
        validator = self._version.if_range
        headers = {"Range": f"bytes={begin}-{end - 1}", **({"If-Range": validator} if validator else {})}
        try:
            with opened(self._wanted.address, headers, self._downloads.policy) as (response, path):
                return self._received(response, path, begin, end)
        except SourceError as error:
            raise SourceError(f"{self._wanted.shown}: {error}") from None  # which has no secrets, the cause might

    def _received(self, response: http.client.HTTPResponse, path: str, begin: int, end: int) -> bytes:
        if response.status == 206 and not says_which_bytes(response):
            raise SourceError(_NO_RANGES.format(found="it answered 206 without saying which bytes it sends"))
        match answer_of(response, self._wanted, path):
            case Rest() as rest if rest.total_bytes is not None:
                return self._stretch(response, rest, rest.total_bytes, begin, end)
            case Whole() as whole if self._size_bytes is None:
                return self._small(response, whole)
            case Whole():
                raise self._changed()
            case NothingMore(total_bytes=0) if self._size_bytes is None:
                self._size_bytes = 0
                return b""
            case _:
                raise TryAgain("the server's answer fits nothing that was asked")

    def _stretch(self, response: http.client.HTTPResponse, rest: Rest, total_bytes: int, begin: int, end: int) -> bytes:
        self._require_same(rest.version, total_bytes)
        expected = min(end, total_bytes)
        if (rest.start, rest.stop) != (begin, expected):
            found = f"it answered with bytes {rest.start}-{rest.stop - 1} when asked for {begin}-{expected - 1}"
            raise SourceError(_NO_RANGES.format(found=found))
        if response.length not in (None, expected - begin):
            raise TryAgain(f"the server promises {response.length:,} bytes and means {expected - begin:,}")
        return self._read(response, begin, expected - begin)

    def _small(self, response: http.client.HTTPResponse, whole: Whole) -> bytes:
        """All of a file from a server without ranges, if that is not much."""
        if whole.total_bytes is None or whole.total_bytes > min(self._left_bytes, _BLOCK_BYTES):
            raise SourceError(_NO_RANGES.format(found="it answered 200 with the whole file"))
        self._require_same(whole.version, whole.total_bytes)
        return self._read(response, 0, whole.total_bytes)

    def _require_same(self, version: FileVersion, total_bytes: int) -> None:
        """Take note of the version at first; then it must stay: half of one header and half of another mean nothing."""
        if self._size_bytes is not None:
            if total_bytes != self._size_bytes or version.contradicts(self._version):
                raise self._changed()
            return
        if total_bytes > (most := self._downloads.policy.max_bytes):
            raise SourceError(f"the file has {total_bytes:,} bytes, expected at most {most:,}; use a smaller one")
        self._size_bytes, self._version = total_bytes, version

    def _changed(self) -> SourceUnreachable:
        return SourceUnreachable(f"{self._wanted.shown}: the file was changed while it was looked at; try again")

    def _read(self, response: http.client.HTTPResponse, begin: int, size: int) -> bytes:
        data = bytearray()
        while len(data) < size and (chunk := chunk_of(response)):
            if begin == 0 and not data:
                refuse_text(chunk, self._wanted.login)
            self._traffic.received_bytes += len(chunk)
            self._left_bytes -= len(chunk)
            data += chunk
        if len(data) != size:
            raise TryAgain(f"the connection ended after {len(data):,} of {size:,} bytes")
        return bytes(data)
