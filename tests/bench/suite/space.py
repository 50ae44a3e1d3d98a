"""Whether a disk has room for what is to be measured."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import folder_bytes
from tests.bench.suite.benchmarks import OPTIMUM_DISK_GB, Benchmark, Size

_GB = 1_000_000_000


class NoRoomError(Exception):
    """The disk has less room than a benchmark needs; raised before any is run."""


def require_room(free: int, asked: Sequence[tuple[Benchmark, Path]], size: Size, *, environment_bytes: int) -> None:
    """Look whether the largest benchmark fits: one is deleted before the next begins.

    Args:
        free: bytes of the disk.
        asked: each benchmark and its own folder, which may hold a part of it from before.
        size: of the suite.
        environment_bytes: what is still to be installed.

    Raises:
        NoRoomError: it does not.
    """
    needs = {benchmark.name: _needs(benchmark, size, held) + environment_bytes for benchmark, held in asked}
    large = {name: need for name, need in needs.items() if need > free}
    if large:
        said = ", ".join(f"{name} {need / _GB:.1f} GB" for name, need in large.items())
        raise NoRoomError(
            f"found {free / _GB:.1f} GB free for the work folder, expected more for {said}; free some, name a folder "
            "on another disk with --work, name other benchmarks with --only, or take --quick"
        )


def environment_needs(folder: Path) -> int:
    """Bytes that optimum's environment still takes."""
    return max(0, int(OPTIMUM_DISK_GB * _GB) - (folder_bytes(folder) if folder.exists() else 0))


def _needs(benchmark: Benchmark, size: Size, held: Path) -> int:
    whole = int(benchmark.forms[size].disk_gb * _GB)
    return max(0, whole - folder_bytes(held)) if held.exists() else whole
