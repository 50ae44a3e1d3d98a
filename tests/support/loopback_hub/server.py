"""The socket side: HTTP/1.1 with kept-alive connections, one thread each; inflicts faults and keeps the log."""

import contextlib
import socket
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import assert_never

from tests.support.loopback_hub.faults import Answer, Drop, Effect, Faults, Hold
from tests.support.loopback_hub.log import LoggedRequest, RequestLog
from tests.support.loopback_hub.wire import (
    ClientGoneError,
    Refusal,
    Request,
    RequestBody,
    Response,
    refusal_response,
)

Responder = Callable[[Request], Response]


class LoopbackServer(ThreadingHTTPServer):
    """An HTTP server on a free port of 127.0.0.1 that asks `respond` what to say."""

    daemon_threads = False  # `close` ends the connections and then waits for their threads: nothing outlives a test
    request_queue_size = 128  # with the default of 5, many clients at once wait a second for their second try

    def __init__(self, respond: Responder) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.respond = respond
        self.log = RequestLog()
        self.faults = Faults()
        self.crashes: list[str] = []
        """Tracebacks of defects of the server itself."""
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="loopback-hub")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering, let held requests go, and wait until every thread has ended."""
        self.faults.clear()
        self.shutdown()
        self._thread.join()
        with self._open_lock:
            for connection in self._open:
                _shut(connection)
        self.server_close()

    def process_request(self, request: "socket.socket | tuple[bytes, socket.socket]", client_address: object) -> None:
        """Note the connection, then serve it in a thread."""
        assert isinstance(request, socket.socket)
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: "socket.socket | tuple[bytes, socket.socket]") -> None:
        """Close a connection."""
        assert isinstance(request, socket.socket)
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep what went wrong for the test; a client that hangs up is no defect."""
        self.crashes.append(traceback.format_exc())


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client may have been first
        connection.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LoopbackHub"
    disable_nagle_algorithm = True  # head and body are two writes; with Nagle each answer would wait 40 ms for an ACK
    server: LoopbackServer

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, ClientGoneError):
            super().handle()

    def _serve(self) -> None:
        record = self.server.log.open(self.command, self.path)
        record.authorization = self.headers.get("Authorization", "")
        request = Request(self.command, self.path, self.headers, RequestBody(self.rfile, self.headers, record))
        hit = self.server.faults.claim(record)
        if hit is None:
            self._send(self._answer(request), request, record)
            return
        effect, after = hit
        applied = self._answer(request) if after else None
        self._inflict(effect, request, record, applied)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  # names of the base class

    def _answer(self, request: Request) -> Response:
        try:
            return self.server.respond(request)
        except Refusal as refusal:
            return refusal_response(refusal)
        except (ConnectionError, ClientGoneError):
            raise
        except Exception as error:  # noqa: BLE001  # kept for the test; the client must not wait for ever
            self.server.crashes.append(traceback.format_exc())
            return refusal_response(Refusal(500, f"the loopback hub has a defect: {error!r}", "Crash"))

    def _inflict(self, effect: Effect, request: Request, record: LoggedRequest, applied: Response | None) -> None:
        match effect:
            case Answer():
                refusal = Refusal(effect.status, effect.message, effect.code, effect.headers)
                self._send(refusal_response(refusal), request, record)
            case Drop():
                self._drop(effect.after_bytes, request, record, applied)
            case Hold():
                effect.reached.set()
                effect.release.wait()
                if effect.drop:
                    self._drop(0, request, record, applied)
                    return
                self._send(applied or self._answer(request), request, record)
            case _:
                assert_never(effect)

    def _drop(self, after_bytes: int, request: Request, record: LoggedRequest, applied: Response | None) -> None:
        self.close_connection = True
        if applied is not None and after_bytes:
            self._send(applied, request, record, stop_after=after_bytes)
        elif after_bytes:
            for _ in request.body.chunks():
                if record.received_bytes >= after_bytes:
                    break
        # With bytes still unread the kernel resets the connection, without it says goodbye: clients must bear both.
        _shut(self.connection)

    def _send(
        self, response: Response, request: Request, record: LoggedRequest, *, stop_after: int | None = None
    ) -> None:
        for _ in request.body.chunks():
            pass  # what the answer did not need must not be taken for the next request
        record.status = response.status
        self.send_response(response.status)
        for name, value in ({"Content-Length": str(response.length)} | dict(response.headers)).items():
            self.send_header(name, value)
        self.send_header("X-Request-Id", f"loopback-{record.number}")
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(response, record, stop_after)

    def _send_body(self, response: Response, record: LoggedRequest, stop_after: int | None) -> None:
        left = response.length if stop_after is None else min(stop_after, response.length)
        for chunk in response.chunks():
            # Counted before it is sent, so that a client that has all of it finds all of it in the log.
            record.sent_bytes += len(chunk[:left])
            self.wfile.write(chunk[:left])
            left -= len(chunk[:left])
            if not left:
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # name of the base class
        """Nothing: there is a log to ask."""
