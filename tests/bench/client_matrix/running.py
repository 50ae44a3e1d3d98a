"""Jobs in the environment of their client: what each made, or what it said instead."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.client_drivers.jobs import RESULT, Job

Array = np.ndarray[Any, Any]
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ran:
    """What came of a job."""

    image: Array | None
    """`None` when it failed."""
    error: str = ""
    """The first line of what the client raised, or how its process ended."""
    seconds: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Driver:
    """A module of `tests.bench.client_drivers` in the environment of a client."""

    name: str
    python: Path
    work: Path
    """The folder that its process starts in; what it printed stays there, as `NAME.log`."""
    path: tuple[Path, ...] = ()
    """What else is imported from."""

    @property
    def log(self) -> Path:
        """What the process said to people."""
        return self.work / f"{self.name}.log"

    def run(self, jobs: Sequence[Job]) -> dict[str, Ran]:
        """Run the jobs in one process, by their `out`; when it dies in one of them, the rest in the next process."""
        found: dict[str, Ran] = {}
        self.log.unlink(missing_ok=True)
        while rest := [job for job in jobs if job.out not in found]:
            code = self._process(rest, found)
            dead = next((job for job in rest if job.out not in found), None)
            if dead:
                found[dead.out] = Ran(None, f"the process ended with {code}: {_last_line(self.log)}")
        return found

    def _process(self, jobs: Sequence[Job], found: dict[str, Ran]) -> int:
        """One process, whose results are put into `found` as it says them."""
        asked = self.work / f"{self.name}-{os.getpid()}.json"  # two runs may share a work folder
        asked.write_text(json.dumps([asdict(job) for job in jobs]))
        environment = {
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            # onnx-web's source has a package `tests` too, so ours comes first.
            "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, *self.path))),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [self.python, "-m", f"tests.bench.client_drivers.{self.name}", asked]
        piped = subprocess.PIPE
        with (
            self.log.open("a") as said,
            subprocess.Popen(command, stdout=piped, stderr=said, text=True, cwd=self.work, env=environment) as process,
        ):
            for line in process.stdout or ():
                if line.startswith(RESULT):
                    _take(json.loads(line.removeprefix(RESULT)), found)
        return int(process.returncode)


def _take(said: dict[str, Any], found: dict[str, Ran]) -> None:
    error = str(said.get("error", ""))
    image = None if error else np.load(said["out"])
    line = next((line.strip() for line in error.splitlines() if line.strip()), "")
    found[said["out"]] = Ran(image, line, float(said["seconds"]), said.get("facts", {}))


def _last_line(log: Path) -> str:
    return next((line.strip() for line in reversed(log.read_text().splitlines()) if line.strip()), "it said nothing")
