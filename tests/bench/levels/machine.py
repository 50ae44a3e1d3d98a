"""The machine that figures are from."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """What explains its figures."""

    processor: str
    cores: int
    memory_bytes: int
    system: str
    versions: dict[str, str]
    """Of what makes and runs graphs."""


def this_machine() -> Machine:
    """The one that this runs on; Linux."""
    return Machine(
        processor=_after("/proc/cpuinfo", "model name"),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=int(_after("/proc/meminfo", "MemTotal").split()[0]) * 1024,
        system=f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}",
        versions={name: version(name) for name in ("onnxruntime", "torch", "diffusers", "transformers", "numpy")},
    )


def _after(path: str, name: str) -> str:
    lines = Path(path).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")
