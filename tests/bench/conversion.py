"""One model converted over and over: the command, and what it is compared with."""

import json
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import MemoryGroup, Taken, folder_bytes, forget, memory_group, run


@dataclass(frozen=True)
class Conversion:
    """A checkpoint in a folder of its own, with a registry that asks for it."""

    name: str
    work: Path
    """Holds checkpoint, registry, cache and results."""

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
        """Have the templates of a family, so that what follows is warm."""
        templates = self.work / "cache" / "templates"
        if not any(templates.glob("*.onnx")):
            run([sys.executable, "-m", "tests.bench.trace_templates", family, templates])

    def trace_cold(self, family: str) -> None:
        """Trace all graphs of a family into an empty cache, and print what it took."""
        shutil.rmtree(self.work / "cache", ignore_errors=True)
        taken = run([sys.executable, "-m", "tests.bench.trace_templates", family, self.work / "cache" / "templates"])
        figures = json.loads(taken.output.splitlines()[-1])
        print(f"\ncold templates: {taken.seconds:.1f} s, peak resident {figures['resident_bytes'] / 1e6:.0f} MB")
        for name, seconds in figures["seconds"].items():
            print(f"  {name:<28} {seconds:6.1f} s", flush=True)

    def convert(self, *options: str, cgroup: MemoryGroup | None = None, cold: bool = False) -> Taken:
        """Convert from scratch, with the templates that the cache has.

        Args:
            options: of the command.
            cgroup: to do it in.
            cold: the checkpoint's pages are not in memory.
        """
        shutil.rmtree(self.work / "build", ignore_errors=True)
        places = ["--registry", self.work / "extras.json", "--cache", self.work / "cache"]
        command = [sys.executable, "-m", "converter", "convert", *places, "--build", self.work / "build", *options]
        return self._fresh(command, cgroup=cgroup, cold=cold)

    def copy(self, *, digests: bool = False, cold: bool = False) -> Taken:
        """`cp` of the checkpoint, and `sha256sum` of both files if asked for."""
        digested = ["sh", "-c", 'cp "$0" "$1" && sha256sum "$0" "$1"', self.checkpoint, self.work / "copy"]
        return self._fresh(digested if digests else ["cp", self.checkpoint, self.work / "copy"], cold=cold)

    def copy_release(self) -> Taken:
        """`cp` of the finished release: as many bytes written as a conversion writes."""
        return self._fresh(["cp", "-r", self.release, self.work / "copy"])

    def in_group(self, limit_bytes: int, *options: str) -> None:
        """Convert inside a memory cgroup, page cache included, and print what it took."""
        with memory_group(limit_bytes) as group:
            if group is None:
                print("\nmemory cgroup: not measured, this machine does not let us make one")
                return
            taken = self.convert(*options, cgroup=group)
            print(f"\ninside a {limit_bytes / 1e9:.1f} GB memory cgroup, page cache included: {taken.seconds:.1f} s")
            peak = group.peak_bytes()
            print(
                f"  peak of the group {peak / 1e6:.0f} MB" if peak else "  peak of the group: not reported", flush=True
            )

    def print_parity(self) -> None:
        """The figures in the manifest of the finished release."""
        manifest = json.loads((self.release / "manifest.json").read_text())
        for component in manifest["components"]:
            for parity in component["parity"]:
                shapes = ", ".join("x".join(map(str, shape)) for shape in parity["shapes"].values())
                ratio = "equal" if parity["psnr_db"] is None else f"{parity['psnr_db']:.1f} dB"
                print(f"  {component['name']:<14} {shapes:<40} max-abs {parity['max_abs']:.2g}  {ratio}", flush=True)

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


def median_ratio(ours: list[Taken], theirs: list[Taken]) -> float:
    """The median of the ratios of rounds: what ran one after the other was slowed by the same neighbours."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
