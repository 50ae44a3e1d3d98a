"""Repositories: immutable commits, and branches and tags that point at them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from tests.support.loopback_hub.blobs import git_blob_oid, lfs_pointer
from tests.support.loopback_hub.wire import Refusal

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RegularFile:
    """A file that git itself holds."""

    content: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def oid(self) -> str:
        """Git's name of it."""
        return git_blob_oid(self.content)


@dataclass(frozen=True)
class LargeFile:
    """A file whose bytes are in large-object storage; git holds a pointer."""

    sha256: str
    size: int

    @property
    def oid(self) -> str:
        """Git's name of the pointer."""
        return git_blob_oid(lfs_pointer(self.sha256, self.size))

    @property
    def pointer_size(self) -> int:
        """Bytes of the pointer."""
        return len(lfs_pointer(self.sha256, self.size))


RepoFile = RegularFile | LargeFile


@dataclass(frozen=True)
class Commit:
    """A tree and how it came to be; the same history gives the same `oid` on any machine."""

    title: str
    message: str
    parent: "Commit | None"
    tree: Mapping[str, RepoFile]
    depth: int
    """Commits before it on its line; stands in for the clock."""
    oid: str

    @property
    def date(self) -> str:
        """A time that is later than the parent's and the same in each run."""
        return (_EPOCH + timedelta(seconds=self.depth)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def history(self) -> list["Commit"]:
        """This commit and those before it, newest first."""
        commits: list[Commit] = [self]
        while commits[-1].parent is not None:
            commits.append(commits[-1].parent)
        return commits


def make_commit(title: str, message: str, parent: Commit | None, tree: Mapping[str, RepoFile]) -> Commit:
    """A commit whose id follows from its content and its parent's id."""
    told = [title, message, parent.oid if parent else None, sorted((path, file.oid) for path, file in tree.items())]
    oid = hashlib.sha1(json.dumps(told).encode(), usedforsecurity=False).hexdigest()
    return Commit(title, message, parent, MappingProxyType(dict(tree)), parent.depth + 1 if parent else 0, oid)


class Repo:
    """One repository. Mutable: `branches` and `tags` move; commits are only added."""

    def __init__(self, repo_id: str, initial_tree: Mapping[str, RepoFile], *, private: bool = False) -> None:
        self.repo_id = repo_id
        self.private = private
        self.admitted: tuple[str, ...] | None = None
        """The tokens that may read a gated repository's files; `None` for one that is not gated."""
        initial = make_commit("initial commit", "", None, initial_tree)
        self.commits = {initial.oid: initial}
        self.branches = {"main": initial.oid}
        self.tags: dict[str, str] = {}
        self.tag_messages: dict[str, str] = {}

    def commit_at(self, revision: str) -> Commit:
        """The commit of a branch, a tag or a commit id (7 hex or more).

        Raises:
            Refusal: 404, when nothing has that name.
        """
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        oid = self.branches.get(name) or self.tags.get(name)
        if oid is None and len(name) >= 7:
            oid = next((known for known in self.commits if known.startswith(name)), None)
        if oid is None:
            raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]

    def head(self, branch: str) -> Commit:
        """The newest commit of a branch.

        Raises:
            Refusal: 404, when there is no such branch.
        """
        if branch not in self.branches:
            raise Refusal(404, f"found no branch '{branch}' in {self.repo_id}", "RevisionNotFound")
        return self.commits[self.branches[branch]]

    def advance(self, branch: str, title: str, message: str, tree: Mapping[str, RepoFile]) -> Commit:
        """Put a commit with this tree on top of a branch."""
        commit = make_commit(title, message, self.head(branch), tree)
        self.commits[commit.oid] = commit
        self.branches[branch] = commit.oid
        return commit

    def files(self, revision: str = "main") -> Mapping[str, RepoFile]:
        """The files of a revision by path."""
        return self.commit_at(revision).tree
