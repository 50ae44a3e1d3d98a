"""Git as a reader of objects: what it prints, bounded, with no setting of the caller and nothing of the work tree."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from converter.errors import ConverterError

_MAX_COMPLAINT_BYTES = 4096

# A repository, a home folder or a variable can name programs that git runs: none of them is asked.
_SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "core.useReplaceRefs=false", "protocol.allow=never")
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitError(ConverterError):
    """Git cannot be run, prints too much, or does not end."""


class GitRefusedError(GitError):
    """Git does not know what it was asked for."""


@dataclass(frozen=True)
class Git:
    """The objects of one checkout."""

    folder: Path
    timeout_s: float = 120
    """For each command."""

    def said(self, *arguments: str, max_bytes: int) -> bytes:
        """What a command prints.

        Raises:
            GitRefusedError: it fails.
            GitError: it cannot be run, prints more than `max_bytes`, or does not end.
        """
        with tempfile.TemporaryFile() as complaints, self._started(arguments, complaints) as process:
            assert process.stdout is not None  # noqa: S101  # it is piped
            out = process.stdout.read(max_bytes + 1)
            if len(out) > max_bytes:
                raise GitError(f"git {arguments[0]} prints more than {max_bytes:,} bytes, the most that is read")
            if (status := process.wait()) == 0:
                return out
            if status < 0:
                raise GitError(f"git {arguments[0]} did not end within {self.timeout_s:g} s, or was ended; try again")
            complaints.seek(0)
            words = complaints.read(_MAX_COMPLAINT_BYTES).decode(errors="backslashreplace").strip()
            raise GitRefusedError(f"git {arguments[0]} failed: {words or f'status {status}'}")

    @contextmanager
    def _started(self, arguments: Sequence[str], complaints: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
        try:
            process = subprocess.Popen(
                self._command(arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT},
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}; install it") from error
        # A timer and not `communicate`: that keeps whatever git prints, however much it is.
        late = threading.Timer(self.timeout_s, process.kill)
        late.start()
        with process:
            try:
                yield process
            finally:
                late.cancel()
                process.kill()  # does nothing to one that has ended

    def _command(self, arguments: Sequence[str]) -> list[str]:
        # Named outright, so that a folder without a repository is not looked for in the folders above, whose history is
        # another one; nor does git then ask who owns the folder (`safe.directory`), which another job may have made.
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        return ["git", "--no-pager", f"--git-dir={self.folder / '.git'}", *settings, *arguments]
