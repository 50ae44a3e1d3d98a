"""Run a command and say what it took: seconds and peak anonymous memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_EVERY_S = 0.02


def environment() -> dict[str, str]:
    """The variables of a command that is measured: compiled sources are kept, as they are wherever people use it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Taken:
    """One run of a command."""

    seconds: float
    anonymous_bytes: int
    """The highest `RssAnon` of the process and its children together: what the machine cannot take back."""
    output: str
    disk_bytes: int = 0
    """The most that the watched folder had at any time; 0 if none was watched."""


def run(
    command: Sequence[str | Path],
    *,
    cgroup: "MemoryGroup | None" = None,
    cwd: Path | None = None,
    watched: Path | None = None,
) -> Taken:
    """Run a command to its end; `watched` is a folder whose size is looked at while it runs.

    Raises:
        SystemExit: it failed; its output is printed.
    """
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment(),
            preexec_fn=cgroup.enter if cgroup else None,  # noqa: PLW1509  # no threads are running here
        )
        anonymous = disk = 0
        try:
            while process.poll() is None:
                anonymous = max(anonymous, sum(_status(pid, "RssAnon") for pid in _family(process.pid)))
                disk = max(disk, folder_bytes(watched)) if watched else 0
                time.sleep(_SAMPLE_EVERY_S)
        finally:
            # Interrupted: what is left of it would write into the next run, and hold its memory cgroup.
            process.kill()
            process.wait()
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))}\nfailed with {process.returncode}:\n{text}")
    return Taken(seconds, anonymous, text, disk)


@dataclass(frozen=True)
class MemoryGroup:
    """A memory cgroup, of either version."""

    folder: Path
    procs: str

    def enter(self) -> None:
        (self.folder / self.procs).write_text(str(os.getpid()))

    def peak_bytes(self) -> int | None:
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if (self.folder / name).is_file():
                return int((self.folder / name).read_text())
        return None


@contextmanager
def memory_group(limit_bytes: int) -> Iterator[MemoryGroup | None]:
    """A cgroup of `limit_bytes` for everything, page cache included; `None` where we may not make one."""
    for base, limit in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        folder = base / f"onnx-registry-bench-{os.getpid()}"
        try:
            folder.mkdir()
            (folder / limit).write_text(str(limit_bytes))
        except OSError:
            if folder.is_dir():
                folder.rmdir()
            continue
        try:
            yield MemoryGroup(folder, "cgroup.procs")
        finally:
            folder.rmdir()
        return
    yield None


def folder_bytes(folder: Path) -> int:
    """What the files below a folder take on the disk; files and folders that vanish meanwhile count as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):  # which passes over a folder that is gone, as `rglob` does not
        for name in names:
            try:
                total += Path(parent, name).stat().st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def forget(path: Path) -> None:
    """Drop a file's pages from the page cache, so that the next reader gets them from the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _family(pid: int) -> list[int]:
    family = [pid]
    for parent in family:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        family.extend(int(child) for child in children)
    return family


def _status(pid: int, field: str) -> int:
    """A field of `/proc/PID/status` in bytes; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), 0)
