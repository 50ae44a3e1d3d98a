"""A web server on loopback that serves files with ranges, counts what it sends, and misbehaves when told to."""

import contextlib
import io
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

_PIECE_BYTES = 1 << 16
_JSON = {"Content-Type": "application/json"}


@dataclass
class Served:
    """A file; change it between two requests and the next answer is about the new one."""

    data: bytes | Path
    """A file on the disk is read as far as it is asked for."""
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    says_bytes: int | None = None
    """The length that is promised, if it is a lie."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes of a stretch, piece by piece."""
        with io.BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb") as stream:
            stream.seek(start)
            while piece := stream.read(min(_PIECE_BYTES, stop - stream.tell())):
                yield piece


@dataclass(frozen=True)
class Reply:
    """Something else than the file."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Echo:
    """An error that repeats what the client sent: its token and its query."""

    status: int


@dataclass(frozen=True)
class Cut:
    """The beginning of the answer, then the connection ends."""

    after_bytes: int


@dataclass(frozen=True)
class Hold:
    """The beginning of the answer, then nothing until the client is gone."""

    after_bytes: int


@dataclass(frozen=True)
class Raw:
    """Bytes in the place of an answer, then the connection ends."""

    data: bytes


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    path: str
    """With its query."""
    headers: Message


class RangeServer:
    """Serves `files` as long as the `with` block lasts; `faults` of a path meet its next requests, one each."""

    def __init__(self, certificate: Path | None = None) -> None:
        """Plain HTTP, or TLS with a certificate and its key in one file."""
        self.files: dict[str, Served] = {}
        self.faults: dict[str, list[Reply | Echo | Cut | Hold | Raw]] = {}
        self.log: list[Asked] = []
        self.sent_bytes = 0
        """Of bodies."""
        self.held: list[socket.socket] = []
        """Connections of `Hold`."""
        self._server = _Server(self)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "RangeServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, path: str, data: bytes | Path, *faults: Reply | Echo | Cut | Hold | Raw) -> str:
        """Put a file there and return its address."""
        self.files[path] = Served(data)
        self.faults[path] = list(faults)
        return self.url + path


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, owner: RangeServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        self.server.owner.log.append(Asked(self.path, self.headers))
        path = self.path.partition("?")[0]
        faults = self.server.owner.faults.get(path, [])
        fault = faults.pop(0) if faults else None
        if isinstance(fault, Reply):
            self._reply(fault)
        elif isinstance(fault, Echo):
            words = f"{self.headers.get('Authorization')} may not have {self.path}"
            self._reply(Reply(fault.status, json.dumps({"error": words, "message": words}).encode(), _JSON))
        elif isinstance(fault, Raw):
            self.wfile.write(fault.data)
        elif path in self.server.owner.files:
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                self._file(self.server.owner.files[path], fault)
        else:
            self._reply(Reply(404, b"no such file", {"Content-Type": "text/plain"}))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def _file(self, served: Served, fault: Cut | Hold | None) -> None:
        asked = self._asked(served)
        version = {"ETag": served.etag, "Last-Modified": served.modified}
        known = {name: value for name, value in version.items() if value}
        if served.etag and self.headers.get("If-None-Match") == served.etag:
            return self._reply(Reply(304, headers=known))
        size = served.says_bytes or served.size_bytes
        if asked is not None and asked[0] >= served.size_bytes:
            return self._reply(Reply(416, headers={"Content-Range": f"bytes */{served.size_bytes}"}))
        start, stop = (0, size) if asked is None else (asked[0], min(asked[1] or size, size))
        self.send_response(200 if asked is None else 206)
        extra = {} if asked is None else {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
        headers = {"Content-Length": str(stop - start), **known, **extra, **served.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        # One that lies about its size sends all that it has.
        end = served.size_bytes if stop == size else stop
        self._send(served, start, end if fault is None else min(end, start + fault.after_bytes))
        if isinstance(fault, Hold):
            self.server.owner.held.append(self.connection)
            self.connection.recv(1)  # returns when the client is gone
        return None

    def _asked(self, served: Served) -> tuple[int, int | None] | None:
        """First byte, and the byte after the last if one was named."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, served.etag, served.modified)
        if not asked or not same or not served.ranges:
            return None
        return int(asked[1]), int(asked[2]) + 1 if asked[2] else None

    def _send(self, served: Served, start: int, stop: int) -> None:
        for piece in served.pieces(start, stop):
            self.wfile.write(piece)
            self.server.owner.sent_bytes += len(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Nothing is printed."""
