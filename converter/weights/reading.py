"""Reading bytes of a file, wherever it is."""

import io
from collections.abc import Callable
from typing import TypeAlias

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""`read(begin, size)`: those bytes of the file, fewer at its end."""

_STEP_BYTES = 256 << 10
"""What is asked for at once: a few requests for the pickle of a file that is far away."""


class GrowingStream(io.BytesIO):
    """The beginning of a file as a stream, read from it step by step, as far as somebody looks.

    `io.BufferedReader` would do the same, and makes room for whatever size a file claims before it reads.
    """

    def __init__(self, read: ReadAt, size_bytes: int) -> None:
        """A stream of the first `size_bytes`."""
        super().__init__()
        self._read, self._size_bytes, self._filled = read, size_bytes, 0

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, fewer at the end."""
        begin = self.tell()
        whole = size is None or size < 0
        while self._filled < (self._size_bytes if whole else min(self._size_bytes, begin + (size or 0))):
            self._fill()
        return super().read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """The bytes up to the next line break and with it."""
        begin = self.tell()
        while not (line := super().readline(size)).endswith(b"\n") and self._filled < self._size_bytes:
            self.seek(begin)
            self._fill()
        return line

    def _fill(self) -> None:
        data = self._read(self._filled, min(_STEP_BYTES, self._size_bytes - self._filled))
        at = self.tell()
        self.seek(self._filled)
        self.write(data)
        self.seek(at)
        self._filled += len(data)
        if not data:
            self._size_bytes = self._filled  # the file is shorter than it was
