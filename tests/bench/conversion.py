"""One model converted over and over: the command, and what it is compared with."""

import json
import shutil
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Bound, Direction, Figure, Kind, at_most
from tests.bench.measure import MemoryGroup, Taken, folder_bytes, forget, memory_group, run

NEAR_DB, NEAR = 100.0, 1e-3
"""How near a component has to be to PyTorch in float32: the least ratio, and the largest difference."""
_DIGEST = "import hashlib, sys; [hashlib.file_digest(open(path, 'rb'), 'sha256') for path in sys.argv[1:]]"


@dataclass(frozen=True)
class Traced:
    """All graphs of a family, traced into an empty cache."""

    seconds: float
    """Of the whole process."""
    resident_bytes: int
    parts: Mapping[str, float] = field(default_factory=dict)
    """Component, and how many nodes it has, to its seconds."""

    def figures(self, *, most_s: float | None = None) -> tuple[Figure, ...]:
        """Time and memory of all of them together."""
        name, bound = "trace all graphs, once for the architecture", at_most(most_s) if most_s else None
        return (
            Figure(name, Kind.TIME, self.seconds, bound=bound, how="one run, imports included"),
            Figure(f"{name}: peak resident memory", Kind.MEMORY, self.resident_bytes),
        )

    def part_s(self, name: str) -> float:
        """Of one component, such as `unet`."""
        return next(seconds for said, seconds in self.parts.items() if said.split(" ")[0] == name)


@dataclass(frozen=True)
class Conversion:
    """A checkpoint in a folder of its own, with a registry that asks for it."""

    name: str
    work: Path
    """Holds checkpoint, registry, cache and results."""
    tiny: bool = False
    """Of a few million parameters: shows that the benchmark works."""

    @property
    def checkpoint(self) -> Path:
        return self.work / f"{self.name}.safetensors"

    @property
    def release(self) -> Path:
        return self.work / "build" / f"{self.name}.v1"

    def write_registry(self, **fields: object) -> None:
        """The registry, with further fields of the entry."""
        entry = {"name": self.name, "source": f"./{self.checkpoint.name}", "format": "safetensors", **fields}
        (self.work / "extras.json").write_text(json.dumps({"diffusion": [entry]}))

    def trace_if_cold(self, family: str) -> None:
        """Have the templates of a family, so that what follows is warm; those of the real size ship."""
        templates = self.work / "cache" / "templates"
        if self.tiny and not any(templates.glob("*.onnx")):
            self._trace(family)

    def trace_cold(self, family: str) -> Traced:
        """Trace all graphs of a family into an empty cache, and print what it took."""
        shutil.rmtree(self.work / "cache", ignore_errors=True)
        taken = self._trace(family)
        found = json.loads(taken.output.splitlines()[-1])
        print(f"\ncold templates: {taken.seconds:.1f} s, peak resident {found['resident_bytes'] / 1e6:.0f} MB")
        for name, seconds in found["seconds"].items():
            print(f"  {name:<28} {seconds:6.1f} s", flush=True)
        return Traced(taken.seconds, found["resident_bytes"], found["seconds"])

    def _trace(self, family: str) -> Taken:
        words: list[str | Path] = [family, self.work / "cache" / "templates", *(["tiny"] if self.tiny else [])]
        return run([sys.executable, "-m", "tests.bench.trace_templates", *words])

    def convert(
        self, *options: str, cgroup: MemoryGroup | None = None, cold: bool = False, compared: bool = False
    ) -> Taken:
        """Convert from scratch, with the templates that the cache has.

        Args:
            options: of the command.
            cgroup: to do it in.
            cold: the checkpoint's pages are not in memory.
            compared: what earlier conversions compared with PyTorch is known; otherwise it is forgotten first.
        """
        shutil.rmtree(self.work / "build", ignore_errors=True)
        if not compared:
            shutil.rmtree(self.work / "cache" / "proofs", ignore_errors=True)
        places = ["--registry", self.work / "extras.json", "--cache", self.work / "cache"]
        command = [sys.executable, "-m", "converter", "convert", *places, "--build", self.work / "build", *options]
        return self._fresh(command, cgroup=cgroup, cold=cold)

    def copy(self, *, digests: bool = False, cold: bool = False) -> Taken:
        """`cp` of the checkpoint, and then SHA-256 of both files if asked for, by the library that a conversion uses.

        `sha256sum` of coreutils takes seven times as long as that (measured): comparing with it would be no feat.
        """
        places: list[str | Path] = [self.checkpoint, self.work / "copy"]
        digested = ["sh", "-c", 'cp "$2" "$3" && "$0" -c "$1" "$2" "$3"', sys.executable, _DIGEST, *places]
        return self._fresh(digested if digests else ["cp", *places], cold=cold)

    def copy_release(self) -> Taken:
        """`cp` of the finished release: as many bytes written as a conversion writes."""
        return self._fresh(["cp", "-r", self.release, self.work / "copy"])

    def in_group(self, limit_bytes: int, *options: str) -> tuple[Figure, ...]:
        """Convert inside a memory cgroup, page cache included, and print what it took."""
        with memory_group(limit_bytes) as group:
            if group is None:
                print("\nmemory cgroup: not measured, this machine does not let us make one")
                return ()
            taken = self.convert(*options, cgroup=group)
            print(f"\ninside a {limit_bytes / 1e9:.1f} GB memory cgroup, page cache included: {taken.seconds:.1f} s")
            peak = group.peak_bytes()
            print(
                f"  peak of the group {peak / 1e6:.0f} MB" if peak else "  peak of the group: not reported", flush=True
            )
        name = f"the same inside a {limit_bytes / 1e9:.1f} GB memory cgroup, page cache included"
        return (Figure(name, Kind.TIME, taken.seconds, how="one run"),)

    def print_parity(self) -> tuple[Figure, ...]:
        """The figures in the manifest of the finished release."""
        figures: list[Figure] = []
        manifest = json.loads((self.release / "manifest.json").read_text())
        for component in manifest["components"]:
            for parity in component["parity"]:
                shapes = ", ".join("x".join(map(str, shape)) for shape in parity["shapes"].values())
                ratio = "equal" if parity["psnr_db"] is None else f"{parity['psnr_db']:.1f} dB"
                print(f"  {component['name']:<14} {shapes:<40} max-abs {parity['max_abs']:.2g}  {ratio}", flush=True)
            figures += _parity_figures(component["name"], component["parity"])
        return tuple(figures)

    @property
    def release_bytes(self) -> int:
        return folder_bytes(self.release)

    def _fresh(self, command: list[str | Path], *, cgroup: MemoryGroup | None = None, cold: bool = False) -> Taken:
        """Run a command with nothing left to be written from what ran before it."""
        copy = self.work / "copy"
        shutil.rmtree(copy) if copy.is_dir() else copy.unlink(missing_ok=True)
        run(["sync"])
        if cold:
            forget(self.checkpoint)
        return run(command, cgroup=cgroup, watched=self.work / "build")


def _parity_figures(name: str, found: Sequence[Mapping[str, float | None]]) -> tuple[Figure, ...]:
    """The worst of a component over the shapes that it was run with; a ratio of equal outputs is no number."""
    ratios = [ratio for each in found if (ratio := each["psnr_db"]) is not None]
    largest = max(each["max_abs"] or 0.0 for each in found)
    far = Figure(f"{name}: largest difference from PyTorch", Kind.ERROR, largest, bound=at_most(NEAR))
    near = Bound(Direction.AT_LEAST, NEAR_DB)
    return far, *(Figure(f"{name}: ratio to PyTorch", Kind.DECIBEL, min(ratios), bound=near) for _ in ratios[:1])


def middle(rounds: Sequence[Taken]) -> Taken:
    """The run of the median time."""
    return sorted(rounds, key=lambda taken: taken.seconds)[(len(rounds) - 1) // 2]


def most_memory(rounds: Iterable[Taken]) -> int:
    """The highest peak of anonymous memory."""
    return max(taken.anonymous_bytes for taken in rounds)


def against(name: str, ours: list[Taken], what: str, theirs: list[Taken], bound: Bound | None = None) -> Figure:
    """The medians of what took turns, and that of their ratios."""
    medians = (statistics.median(taken.seconds for taken in rounds) for rounds in (ours, theirs))
    mine, reference = medians
    return Figure(
        name,
        Kind.TIME,
        mine,
        what,
        reference,
        median_ratio(ours, theirs),
        bound,
        f"medians of {len(ours)}, ratio within a round",
    )


def median_ratio(ours: list[Taken], theirs: list[Taken]) -> float:
    """The median of the ratios of rounds: what ran one after the other was slowed by the same neighbours."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
