"""A pull request as GitHub's test-merge commit has it, read from git's objects.

The first parent is the branch that it is merged into, the commit itself is what the merge makes of it; of a merge queue
that holds too. The work tree is never looked at: a symbolic link in it would lead to the files of the machine.
"""

from pathlib import Path
from typing import ClassVar

from converter.errors import ExitCode
from converter.pull_request.git import Git, GitError, GitRefusedError
from converter.pull_request.reviewed import NoText, Proposal, Text
from converter.registry import printable
from converter.review import SIZE_LIMIT_BYTES

REGISTRY_PATH = "registry/extras.json"
"""From the root of the repository."""
_MAX_PATHS_BYTES = 64 << 20
_MAX_LINE_BYTES = 4096
_MODES = {"040000": "a folder", "120000": "a symbolic link", "160000": "a submodule"}


class MergeCommitError(GitError):
    """The commit cannot be read."""


class NotAMergeError(GitError):
    """The folder is no checkout, or its commit came without the one before it."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


def proposal_of_merge(folder: Path) -> Proposal:
    """What the commit that is checked out in `folder` changes.

    Raises:
        NotAMergeError: it is no checkout, or a shallow one of a single commit.
        MergeCommitError: git cannot read it, or it changes too many files.
    """
    git = Git(folder)
    _require_parent(git)
    try:
        return Proposal(
            base=_text(git, "HEAD^1"), head=_text(git, "HEAD"), file=REGISTRY_PATH, changed_paths=_changed(git)
        )
    except GitError as error:
        raise MergeCommitError(f"{folder}: {printable(str(error))}") from error


def _require_parent(git: Git) -> None:
    if not (git.folder / ".git").exists():
        raise NotAMergeError(f"{git.folder}: there is no git repository, expected a checkout of the merge commit")
    try:
        git.said("rev-parse", "--quiet", "--verify", "HEAD^1^{commit}", max_bytes=_MAX_LINE_BYTES)
    except GitRefusedError as error:
        raise NotAMergeError(
            f"{git.folder}: its commit has no parent here, expected that of the branch it is merged into; check it out "
            "with `fetch-depth: 2`"
        ) from error


def _text(git: Git, revision: str) -> Text | NoText:
    listed = git.said("ls-tree", "--full-tree", "-z", revision, "--", REGISTRY_PATH, max_bytes=_MAX_LINE_BYTES)
    if not listed:
        return NoText(f"there is no {REGISTRY_PATH}, expected the registry; put it back, if need be as {{}}")
    mode, _, digest = listed.partition(b"\t")[0].decode().split(" ")
    if not mode.startswith("100"):
        found = _MODES.get(mode, f"an object of mode {mode}")
        return NoText(f"{REGISTRY_PATH} is {found}, expected a regular file; put the registry itself there")
    # Whatever it is, it is unpacked only after it is known to be small.
    size_bytes = int(git.said("cat-file", "-s", digest, max_bytes=_MAX_LINE_BYTES))
    if size_bytes > SIZE_LIMIT_BYTES:
        return Text(b"", size_bytes)
    return Text(git.said("cat-file", "blob", digest, max_bytes=SIZE_LIMIT_BYTES), size_bytes)


def _changed(git: Git) -> tuple[str, ...]:
    # diff-tree and not diff: it takes no settings of diff, so that no `.gitattributes` or `.gitmodules` hides a path.
    options = ("-r", "--name-only", "--no-renames", "-z", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    listed = git.said("diff-tree", *options, "HEAD^1", "HEAD", max_bytes=_MAX_PATHS_BYTES)
    return tuple(path for path in listed.decode(errors="backslashreplace").split("\0") if path)
