"""What the server holds, and the rules that several routes share."""

import codecs
import fnmatch
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.support.loopback_hub.blobs import BlobStore
from tests.support.loopback_hub.repos import LargeFile, RegularFile, Repo, RepoFile
from tests.support.loopback_hub.trust import Job, Minted, Publisher
from tests.support.loopback_hub.wire import Refusal, Request
from tests.support.loopback_hub.xet import XetStore

_LARGE_PATTERNS = (
    *(f"*.{end}" for end in ("bin", "ckpt", "gz", "h5", "npy", "npz", "onnx", "onnx_data", "parquet", "pb", "pickle")),
    *(f"*.{end}" for end in ("pkl", "pt", "pth", "safetensors", "tar", "tgz", "xz", "zip", "zst")),
)
_GIT_ATTRIBUTES = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in _LARGE_PATTERNS).encode()


@dataclass(frozen=True)
class HubSettings:
    """How the server behaves where real ones differ."""

    tokens: tuple[str, ...] = ("hf_test",)
    """The first one belongs to the user that `whoami` names; each may write everywhere."""
    user: str = "tester"
    xet: bool = False
    """Offer the Xet protocol, its storage being a local folder; Git LFS is offered in any case."""
    multipart_above_bytes: int = 64 << 20
    """Larger objects are asked for in parts..."""
    part_bytes: int = 16 << 20
    """...of this size."""
    page_size: int = 1000
    """Items of a listing before the client has to follow a `Link`."""
    regular_up_to_bytes: int = 10_000_000
    """Larger files are large files, whatever their name and content."""
    cdn: bool = False
    """Answer downloads of large files with a redirect to another origin, as the real Hub does."""


@dataclass(frozen=True)
class Arrival:
    """Bytes of one file that a client has sent; what it did not send because it is there is none."""

    kind: str
    """`lfs`, or `inline` for a small file inside a commit. What comes by Xet goes into its storage, which counts it."""
    size_bytes: int
    branch: str
    """Of a commit; empty for objects, which come before it."""


@dataclass
class HubState:
    """Everything the routes work on. Mutable; routes hold `lock` while they look or change."""

    settings: HubSettings
    blobs: BlobStore
    xet: XetStore
    parts: Path
    """Folder of uploaded parts that are not objects yet."""
    endpoint: str = ""
    repos: dict[str, Repo] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Old name to the new one."""
    jobs: dict[str, Job] = field(default_factory=dict)
    """By the token with which each may ask who it is."""
    publishers: dict[str, Publisher] = field(default_factory=dict)
    """Whom each repository trusts."""
    minted: dict[str, Minted] = field(default_factory=dict)
    """Tokens that were given for an identity."""
    arrivals: list[Arrival] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def create_repo(self, repo_id: str, *, private: bool = False) -> Repo:
        """Add a repository with the Hub's initial commit."""
        repo = Repo(repo_id, {".gitattributes": RegularFile(_GIT_ATTRIBUTES)}, private=private)
        self.repos[repo_id] = repo
        return repo

    def repo_for(self, request: Request) -> Repo:
        """The repository that a request is about.

        Raises:
            Refusal: 404, or 401 when the client has not said who it is, as the Hub does to keep private names secret.
        """
        repo = self.repos.get(request.groups["repo"])
        if repo is None or (repo.private and not self.is_known(request)):
            raise Refusal(404 if self.is_known(request) else 401, "Repository not found", "RepoNotFound")
        return repo

    def require_admitted(self, repo: Repo, request: Request) -> None:
        """Check that the files of a gated repository are asked for by who was let in.

        The listing of such a repository is for everybody. The words and the codes are the Hub's.

        Raises:
            Refusal: 401 without a token, 403 with one.
        """
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if repo.admitted is None or token in repo.admitted:
            return
        message = f"Access to model {repo.repo_id} is restricted. You must be authenticated to access it."
        raise Refusal(403 if token else 401, message, "GatedRepo")

    def is_known(self, request: Request) -> bool:
        """Whether the request carries a token of this server."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and (token in self.settings.tokens or self.scope_of(request) is not None)

    def scope_of(self, request: Request) -> str | None:
        """The one repository that the request's token may write; `None` for a token of a person, or none."""
        minted = self.minted.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return minted.repo_id if minted and time.monotonic() < minted.until_s else None

    def object_size(self, sha256: str) -> int | None:
        """Bytes of an object that has arrived, by Git LFS or by Xet; None if it has not."""
        if sha256 in self.blobs:
            return self.blobs.path(sha256).stat().st_size
        file = self.xet.find(sha256)
        return file.size_bytes if file else None

    def path_of(self, file: LargeFile) -> Path:
        """Where the bytes of a large file can be read; objects that came by Xet are put together first."""
        if file.sha256 not in self.blobs:
            self.xet.restore(file.sha256, self.blobs)
        return self.blobs.path(file.sha256)

    def wants_large(self, tree: Mapping[str, RepoFile], path: str, size: int, sample: bytes) -> bool:
        """Whether a file is kept in large-object storage: by name, by size or because it is not text."""
        if size == 0:
            return False
        if size > self.settings.regular_up_to_bytes or _is_binary(sample):
            return True
        attributes = tree.get(".gitattributes")
        lines = attributes.content.decode().splitlines() if isinstance(attributes, RegularFile) else []
        patterns = [line.split()[0] for line in lines if "filter=lfs" in line.split()]
        return any(fnmatch.fnmatch(name, p) for p in patterns for name in (path, PurePosixPath(path).name))


def _is_binary(sample: bytes) -> bool:
    try:
        # Not final: the sample may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return True
    return b"\0" in sample
