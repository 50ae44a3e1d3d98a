"""Requests, answers and refusals, as values between the socket and the routes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from io import BufferedIOBase
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.loopback_hub.blobs import CHUNK_BYTES
from tests.support.loopback_hub.log import LoggedRequest

_PIECE_BYTES = 1 << 16  # how exactly a connection can be dropped in the middle of a body


class Refusal(Exception):  # noqa: N818  # an answer, not a defect
    """An answer other than success, in the form that the client reads."""

    def __init__(self, status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


class ClientGoneError(Exception):
    """The client closed the connection before the body was complete."""


@dataclass(frozen=True)
class FileBody:
    """A stretch of a file as an answer's body."""

    path: Path
    start: int
    length: int

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces of at most one MiB."""
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            left = self.length
            while left and (chunk := stream.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True)
class Response:
    """An answer; `Content-Length` is added from the body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | FileBody = b""

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.length

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces."""
        return iter([self.body]) if isinstance(self.body, bytes) else self.body.chunks()


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that carries a JSON value."""
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


def refusal_response(refusal: Refusal) -> Response:
    """An error in the three forms that the client looks for: status, headers, JSON."""
    headers = {"X-Error-Message": refusal.message, **refusal.headers}
    if refusal.code:
        headers["X-Error-Code"] = refusal.code
    return json_response({"error": refusal.message}, status=refusal.status, headers=headers)


class RequestBody:
    """The body of a request, read once, of a given length or in HTTP chunks."""

    def __init__(self, stream: BufferedIOBase, headers: Message, record: LoggedRequest) -> None:
        self._record = record
        chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        length = int(headers.get("Content-Length", "0"))
        self._pieces = _http_chunks(stream) if chunked else _stretch(stream, length)

    def chunks(self) -> Iterator[bytes]:
        """What has not been read yet.

        Raises:
            ClientGoneError: when the client stops in the middle.
        """
        for piece in self._pieces:
            self._record.received_bytes += len(piece)
            yield piece

    def read(self) -> bytes:
        """What has not been read yet, in one piece."""
        return b"".join(self.chunks())


def _stretch(stream: BufferedIOBase, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(_PIECE_BYTES, length))
        if not piece:
            raise ClientGoneError(f"{length} bytes of the body are missing")
        length -= len(piece)
        yield piece


def _http_chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while True:
        size_line = stream.readline()
        if not size_line:
            raise ClientGoneError("the last chunk is missing")
        size = int(size_line.split(b";")[0], 16)
        yield from _stretch(stream, size)
        stream.readline()
        if size == 0:
            return


@dataclass(frozen=True)
class Request:
    """A request as the routes see it."""

    method: str
    target: str
    """Path and query, still percent-encoded: revisions may hold `%2F`."""
    headers: Message
    body: RequestBody
    groups: Mapping[str, str] = field(default_factory=dict)
    """Named parts of the path, decoded."""

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The decoded query."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    def flag(self, name: str) -> bool:
        """Whether the query says `name=true`."""
        return self.query.get(name, ["false"])[0].lower() in ("1", "true")

    def with_groups(self, match: re.Match[str]) -> "Request":
        """The same request with the parts of its path named."""
        groups = {name: unquote(text) for name, text in match.groupdict(default="").items()}
        return Request(self.method, self.target, self.headers, self.body, groups)

    def json(self) -> dict[str, object]:
        """The body as a JSON object (an empty body is an empty one).

        Raises:
            Refusal: 400, when it is something else.
        """
        try:
            value = json.loads(self.body.read() or b"{}")
        except ValueError as error:
            raise Refusal(400, f"found a body that is not JSON ({error}), expected a JSON object") from error
        if not isinstance(value, dict):
            raise Refusal(400, f"found a JSON {type(value).__name__} as body, expected an object")
        return value
