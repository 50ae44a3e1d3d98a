"""The command line in a process that is forked where Python and the modules of the command line are loaded already.

Hundreds of tests run a command, and more than half of the time of a small one is loading. A fork has its own
environment, folder, output and exit code, and ends as any process does. What has to begin at the beginning (variables
that Python itself reads, a command that is interrupted) is for `command_line.started`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

_SERVER = Path(__file__).with_name("server.py")
_READ_BY_PYTHON = ("PYTHON", "LANG", "LC_", "TYPER", "_TYPER", "TERM", "FORCE_", "NO_COLOR")


def fits(variables: Mapping[str, str]) -> bool:
    """Whether a command with these variables may be forked: none is read while Python or its modules are loaded."""
    return not any(name.startswith(_READ_BY_PYTHON) for name in variables)


class Forking:
    """A process that forks one command after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, _SERVER, str(theirs.fileno())],
                env=dict(environment),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        self._busy = threading.Lock()
        atexit.register(self._end)

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout_s: float
    ) -> tuple[int, str, str] | None:
        """Exit code, output and errors of a command; `None` while another thread runs one.

        Raises:
            TimeoutError: it takes longer.
        """
        if not self._busy.acquire(blocking=False):
            return None
        try:
            with TemporaryFile() as out, TemporaryFile() as err:
                asked = json.dumps([list(arguments), str(cwd), dict(environment)]).encode()
                socket.send_fds(self._socket, [asked], [out.fileno(), err.fileno()])
                self._socket.settimeout(timeout_s)
                code = int(self._socket.recv(64))
                return code, _text(out.fileno()), _text(err.fileno())
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            forking.cache_clear()
            raise
        finally:
            self._busy.release()

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(10)


@cache
def forking(environment: tuple[tuple[str, str], ...]) -> Forking:
    """The one of this test worker."""
    return Forking(dict(environment))


def _text(descriptor: int) -> str:
    """What a command wrote, with line breaks as `subprocess` gives them."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")
