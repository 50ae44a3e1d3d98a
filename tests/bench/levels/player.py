"""A graph that is loaded in another process, and runs when it is its turn."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

_WORKER = Path(__file__).with_name("worker.py")


class Player:
    """A process with one session of onnxruntime."""

    def __init__(self, process: "subprocess.Popen[str]", complaints: IO[bytes]) -> None:
        self._process, self._complaints = process, complaints
        self.load_s = self._answer()["seconds"]
        """What it took to load the graph, without starting Python."""
        self.peak_bytes = 0
        """The most that was resident until the end of the last run."""

    def run(self, outputs: Path | None = None) -> float:
        """Run it once, and write its outputs to an `.npz` file if asked for; the seconds of the run alone."""
        print(outputs or "run", file=self._process.stdin, flush=True)
        answer = self._answer()
        self.peak_bytes = int(answer["peak_bytes"])
        return answer["seconds"]

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._fail()
        said: dict[str, float] = json.loads(line)
        return said

    def _fail(self) -> NoReturn:
        code = self._process.wait()
        self._complaints.seek(0)
        text = self._complaints.read().decode(errors="replace")
        sys.exit(f"{self._process.args!r}\nended with {code}:\n{text}")


@contextmanager
def playing(graph: Path, inputs: Path, optimisation: str) -> Iterator[Player]:
    """Load a graph in a process that ends with the `with` block.

    Raises:
        SystemExit: it ended before; what it wrote to standard error is printed.
    """
    command = [sys.executable, str(_WORKER), str(graph), str(inputs), optimisation]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        yield Player(process, complaints)
