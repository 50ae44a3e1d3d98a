"""Run a command and say what it alone took: processor time, and the most memory that was resident.

`ru_maxrss` of a process begins with what its parent had when it was started, so that a large test process would be
measured in place of a small command. This file runs as a program of its own in between, which is small.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True)
class Usage:
    """One run of a command."""

    code: int
    """That it exited with."""
    output: str
    """Both streams, as they came."""
    wall_s: float
    cpu_s: float
    """User and system time, that of the children it waited for included."""
    resident_bytes: int
    """The most that was resident at a time, of the largest process; at least the ten megabytes of this program."""


def usage_of(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Usage:
    """Run a command to its end, whatever its exit code is.

    Raises:
        CalledProcessError: it could not be started.
    """
    with TemporaryDirectory() as folder:
        said = Path(folder) / "usage.json"
        # Without `site`: what this program imports is memory that a small command would be said to have.
        between = [sys.executable, "-S", "-E", __file__, str(said), *map(str, command)]
        done = subprocess.run(
            between, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
        return Usage(output=done.stdout, **json.loads(said.read_bytes()))


def _main(said: str, *command: str) -> None:
    started = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    found = {
        "code": process.returncode,
        "wall_s": time.monotonic() - started,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "resident_bytes": usage.ru_maxrss * 1024,
    }
    Path(said).write_text(json.dumps(found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
