"""A level made by our own command line: three times, each in a process of its own."""

import json
import shutil
import sys
from dataclasses import dataclass
from math import inf
from pathlib import Path

from tests.bench.levels.level import Level
from tests.bench.levels.results import Converted
from tests.bench.measure import Taken, run


@dataclass(frozen=True)
class Converter:
    """Where conversion happens."""

    work: Path
    cache: Path
    source: Path
    """A folder in `work`."""

    def release(self, level: Level) -> Path:
        """Where the folder of a level is, or will be."""
        return self.work / "build" / f"{level.entry_name}.v1"

    def ready(self, level: Level) -> Path:
        """The folder of a level: made now if it is not there."""
        if not (self.release(level) / "manifest.json").exists():
            self._convert(level)
        return self.release(level)

    def measure(self, level: Level) -> Converted:
        """Convert three times: what is first traced counts apart, and so does the comparison with PyTorch."""
        cold, warm, parity = (self._convert(level, *options) for options in (["--no-parity"], ["--no-parity"], []))
        components = json.loads((self.release(level) / "manifest.json").read_bytes())["components"]
        return Converted(
            cold_s=cold.seconds,
            warm_s=warm.seconds,
            parity_s=parity.seconds,
            warm_bytes=warm.anonymous_bytes,
            parity_bytes=parity.anonymous_bytes,
            size_bytes={each["name"]: each["size_bytes"] for each in components},
            psnr_db={each["name"]: min(_ratio(parity) for parity in each["parity"]) for each in components},
        )

    def _convert(self, level: Level, *options: str) -> Taken:
        shutil.rmtree(self.release(level), ignore_errors=True)
        shutil.rmtree(self.cache / "proofs", ignore_errors=True)  # another level's comparison is no part of this one
        registry = self.work / "extras.json"
        registry.write_text(json.dumps({"diffusion": [level.fields(f"./{self.source.name}")]}))
        places: list[str | Path] = ["--registry", registry, "--hub", f"file:{self.work / 'hub'}", "--cache", self.cache]
        made: list[str | Path] = ["--build", self.work / "build", "--allow-local"]
        run(["sync"])  # what was written before is not this one's to wait for
        return run([sys.executable, "-m", "converter", "convert", level.entry_name, *places, *made, *options])


def _ratio(parity: dict[str, float | None]) -> float:
    found = parity["psnr_db"]
    return inf if found is None else found
