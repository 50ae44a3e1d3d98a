"""What is wrong in a registry file, and where."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from converter.registry.quoting import quoted

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the top of the document to a value: `("diffusion", 3, "name")`."""

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


class Severity(StrEnum):
    """Whether a finding stops the registry."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Location:
    """A place in a registry file."""

    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    path: str
    """`$.diffusion[3].name`."""


NOWHERE = Location(1, 1, "$")
"""The location of an entry that was not read from a file."""


@dataclass(frozen=True)
class Finding:
    """One mistake, or one thing that a person should know."""

    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.path}: {self.message}"


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """The same findings by position, each once."""
    return tuple(sorted(set(findings), key=lambda f: (f.line, f.column, f.severity, f.path, f.message)))


def json_path(path: Path) -> str:
    """`path` as people write it; a key that is no plain word stands in brackets and quotes."""
    return "$" + "".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{quoted(step)}]"
