"""What lies in the checkout."""

import subprocess
from pathlib import Path

from converter.doctor.answers import FileAnswers
from converter.registry import load_registry

_MOST_BYTES = 1 << 20
_MOST_REGISTRY_BYTES = (64 << 20) + 1
"""One more than the registry room takes, so that it says what is too large."""
_GIT_TIMEOUT_S = 20.0


def file_answers(root: Path, registry: Path) -> FileAnswers:
    """What there is below `root`; nothing of it is changed."""
    folder = root / ".github" / "workflows"
    return FileAnswers(
        origin_of(root),
        _text(root / ".github" / "CODEOWNERS"),
        any(root.glob("LICEN[CS]E*")),
        frozenset(path.relative_to(root).as_posix() for path in folder.glob("*.y*ml")),
        _registry_errors(registry),
    )


def origin_of(root: Path) -> str | None:
    """Address of the git remote `origin`, as git itself would use it; `None` without one."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None  # no git, no checkout: the check says what to do
    return ran.stdout.strip() or None if ran.returncode == 0 else None


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode(errors="replace")
    except OSError:
        return None


def _registry_errors(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_REGISTRY_BYTES)
    except OSError as error:
        return (f"{path}: {error.strerror}; expected a registry",)
    return tuple(str(finding) for finding in load_registry(data, str(path)).errors)
