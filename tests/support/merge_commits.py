"""Real git repositories whose HEAD is a merge commit, as GitHub makes it to test a pull request."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

_IDENTITY = {
    f"GIT_{role}_{what}": "somebody@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
# What is large goes through git in pieces.
_SETTINGS = (
    *("-c", "core.compression=1", "-c", "core.bigFileThreshold=1m"),
    *("-c", "gc.auto=0", "-c", "init.defaultBranch=main"),
)


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Submodule:
    """A submodule, at a commit that nobody has."""

    commit: str = "0123456789abcdef0123456789abcdef01234567"


Content: TypeAlias = bytes | Path | Link | Submodule
"""A file by its bytes or by another file, which may be a large one, or something else than a file."""
Tree: TypeAlias = Mapping[str, Content]
"""Path to what is there."""


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git, with none of the machine's settings."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder), **_IDENTITY}
    command = ["git", "-C", str(folder), *_SETTINGS, *arguments]
    return (
        subprocess.run(command, input=stdin, env=environment, check=True, capture_output=True).stdout.decode().strip()
    )


def merge_checkout(folder: Path, base: Tree, head: Tree) -> Path:
    """A checkout in which a pull request makes `head` of `base`.

    The work tree has what git writes there, links among it; what is given by another file is in the objects alone.
    """
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    before = _commit(folder, base)
    proposed = _commit(folder, head, before)
    merged = _commit(folder, head, before, proposed)
    git(folder, "update-ref", "--no-deref", "HEAD", merged)
    small = [path for path, content in head.items() if not isinstance(content, Path)]
    git(folder, "read-tree", "HEAD")
    git(folder, "checkout-index", "-f", "-z", "--stdin", stdin="\0".join(small).encode())
    return folder


def _commit(folder: Path, tree: Tree, *parents: str) -> str:
    git(folder, "read-tree", "--empty")
    lines = b"".join(_index_line(folder, path, content) for path, content in tree.items())
    git(folder, "update-index", "-z", "--index-info", stdin=lines)
    named = [word for parent in parents for word in ("-p", parent)]
    return git(folder, "commit-tree", git(folder, "write-tree"), *named, "-m", "a change")


def _index_line(folder: Path, path: str, content: Content) -> bytes:
    match content:
        case Submodule(commit=digest):
            mode = "160000"
        case Link(target=target):
            mode, digest = "120000", _object(folder, target.encode())
        case Path():
            mode, digest = "100644", git(folder, "hash-object", "-w", str(content))
        case _:
            mode, digest = "100644", _object(folder, content)
    return f"{mode} {digest}\t{path}\0".encode()


def _object(folder: Path, data: bytes) -> str:
    return git(folder, "hash-object", "-w", "--stdin", stdin=data)
