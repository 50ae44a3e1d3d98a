"""One benchmark in a process of its own: its figures, or why there are none."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import figures
from tests.bench.figures import Figure

_TELL_EVERY_S = 1.0
_PATIENCE_S = 10.0
"""After an interrupt, before it is killed."""
_LAST_LINES = 12


class BenchmarkError(Exception):
    """A benchmark ended without figures, or otherwise than its figures say.

    The first line of the message names nothing of this machine.
    """


@dataclass(frozen=True)
class Place:
    """Where a benchmark runs and writes."""

    root: Path
    """The checkout."""
    log: Path
    """All that it prints."""
    figures: Path
    """Written by it; gone when it has been read."""


def run(module: str, arguments: Sequence[str], place: Place, tell: Callable[[float, str], None]) -> tuple[Figure, ...]:
    """Run a module to its end.

    Args:
        module: such as `tests.bench.convert_sd15`.
        arguments: its own.
        place: where.
        tell: is called again and again with the seconds so far and the last line that it printed.

    Raises:
        BenchmarkError: it failed.
        KeyboardInterrupt: the process and all that it started have ended.
    """
    place.log.parent.mkdir(parents=True, exist_ok=True)
    place.figures.unlink(missing_ok=True)
    command = [sys.executable, "-m", module, *arguments, "--figures", str(place.figures)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with place.log.open("wb") as log:
        # A session of its own: an interrupt reaches it once, from here, and with it all that it started.
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, cwd=place.root, env=environment, start_new_session=True
        )
        try:
            code = _wait(process, place.log, tell)
        finally:
            _end(process)
    return _found(code, place)


def _wait(process: "subprocess.Popen[bytes]", log: Path, tell: Callable[[float, str], None]) -> int:
    started = time.monotonic()
    while True:
        try:
            return process.wait(_TELL_EVERY_S)
        except subprocess.TimeoutExpired:
            tell(time.monotonic() - started, _last_line(log))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt it and what it started, if it still runs, and kill what does not listen."""
    for asked in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, asked)
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:  # a second one: it has waited long enough
            os.killpg(process.pid, signal.SIGKILL)
            raise


def _found(code: int, place: Place) -> tuple[Figure, ...]:
    if not place.figures.exists():
        raise BenchmarkError(f"it ended with {code} and wrote no figures\n{_tail(place.log)}")
    found = figures.read(place.figures)
    place.figures.unlink()
    # A benchmark that misses what it promises says so by its exit code, too.
    if code and not (code == 1 and any(figure.held is False for figure in found)):
        raise BenchmarkError(f"it ended with {code}, although no figure says why\n{_tail(place.log)}")
    if not found:
        raise BenchmarkError(f"it wrote no figure\n{_tail(place.log)}")
    return found


def _last_line(log: Path) -> str:
    return next((line for line in reversed(_lines(log)) if line.strip()), "").strip()


def _tail(log: Path) -> str:
    """The end of what it printed, and where the rest is: not in the first line of a message, which is committed."""
    return "\n".join([*(f"  {line}" for line in _lines(log)[-_LAST_LINES:]), f"all of it: {log}"])


def _lines(log: Path) -> list[str]:
    """The last ones; a log may be long."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 10_000))
        return stream.read().decode(errors="replace").splitlines()
