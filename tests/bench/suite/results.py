"""What a benchmark found, kept in the work folder until the code or the command is another one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from converter.files import write_atomically
from tests.bench.figures import Figure, parsed
from tests.support.code_digest import code_digest

ROOT = Path(__file__).resolve().parents[3]
_CODE = ("converter/**/*", "tests/bench/**/*", "tests/support/**/*.py", "pyproject.toml", "scripts/constraints.txt")
"""What a figure depends on."""


@dataclass(frozen=True)
class Code:
    """What was measured."""

    commit: str
    digest: str
    """Of the files, changes that are not committed included."""


@dataclass(frozen=True)
class Result:
    """One benchmark, run to its end."""

    benchmark: str
    command: str
    measured_at: str
    """UTC, when it ended."""
    seconds: float
    code: Code
    figures: tuple[Figure, ...]


def this_code(root: Path = ROOT) -> Code:
    """The code in a checkout; a folder without git has no commit."""
    return Code(_commit(root), code_digest(root, _CODE))


def _commit(root: Path) -> str:
    if not (root / ".git").exists():
        return "no commit"
    head = _git(root, "rev-parse", "--short=10", "HEAD")
    # The page of an earlier run and README tell of figures, and change none.
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs", ":!README.md")
    return f"{head} with changes" if changed else head


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", root, *words], check=True, capture_output=True, text=True).stdout.strip()


def keep(result: Result, path: Path) -> None:
    """Write it, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(asdict(result), indent=1) + "\n").encode())


def kept(path: Path) -> Result | None:
    """The inverse of `keep`; `None` when it is not there, or another version of the suite wrote it."""
    try:
        return parsed_result(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None


def parsed_result(raw: Mapping[str, Any]) -> Result:
    """A result from its JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        figures = tuple(map(parsed, raw["figures"]))
        return Result(**{**raw, "code": Code(**raw["code"]), "figures": figures})
    except (KeyError, TypeError) as error:
        raise ValueError(f"found {sorted(raw)}, expected the fields of a result") from error
