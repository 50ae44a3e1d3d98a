"""The disk that a folder is on, in words that name no place of the machine."""

import os
import shutil
from pathlib import Path


def disk_of(folder: Path) -> str:
    """`ext4, 252 GB`; Linux.

    Whether it turns is not said: virtual disks say that they do. How fast it is, `cp` says.
    """
    return f"{_filesystem(folder)}, {shutil.disk_usage(folder).total / 1e9:.0f} GB"


def _filesystem(folder: Path) -> str:
    """Type of the mount that holds the folder: of those with its device number the last, which lies on the others."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    types = [words[words.index("-") + 1] for words in lines if words[2] == wanted]
    return types[-1] if types else "a file system of unknown type"
