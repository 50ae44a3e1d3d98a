"""The real command line, in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.forked import fits, forking

_ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "converter")
_LONGEST_S = 180.0


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def output(self) -> str:
        return self.out + self.err


def environment(**variables: str) -> dict[str, str]:
    """What a process needs to run the command line, and nothing of the machine's settings."""
    # The figures of parity follow from the number of threads that torch adds up in.
    threads = {name: os.environ[name] for name in ("OMP_NUM_THREADS",) if name in os.environ}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), "COLUMNS": "100", **threads, **variables}


def run(*arguments: object, cwd: Path, variables: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end; a traceback is a failure of the test, whatever the command was to do."""
    ran = _forked(*arguments, cwd=cwd, variables=variables or {})
    if ran is None:
        with started(*arguments, cwd=cwd, variables=variables) as process:
            out, err = process.communicate(timeout=_LONGEST_S)
        ran = Ran(process.returncode, out, err)
    assert "Traceback" not in ran.err, ran.err
    return ran


def _forked(*arguments: object, cwd: Path, variables: Mapping[str, str]) -> Ran | None:
    if not fits(variables):
        return None
    server = forking(tuple(environment().items()))
    done = server.run([*map(str, arguments)], cwd, environment(HOME=str(cwd), **variables), _LONGEST_S)
    return None if done is None else Ran(*done)


@contextmanager
def started(
    *arguments: object, cwd: Path, variables: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A command that runs; it is killed at the end of the context if it still does."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(HOME=str(cwd), **(variables or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]", timeout_s: float = 60) -> None:
    """Return as soon as the condition holds, to interrupt `process` at that moment.

    It asks without a pause: what is waited for may last milliseconds.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if process.poll() is not None:
            raise AssertionError(f"it ended too early: {process.communicate()}")
        if time.monotonic() > deadline:
            raise AssertionError(f"not reached within {timeout_s} s")
