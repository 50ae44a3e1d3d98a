"""`LoopbackHub`: state and server in one, as tests use it."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.support.loopback_hub.blobs import BlobStore, chunks_of
from tests.support.loopback_hub.dispatch import answer
from tests.support.loopback_hub.faults import Faults
from tests.support.loopback_hub.log import RequestLog
from tests.support.loopback_hub.oidc_routes import ISSUER_PATH
from tests.support.loopback_hub.repos import LargeFile, RegularFile, Repo, RepoFile
from tests.support.loopback_hub.server import LoopbackServer
from tests.support.loopback_hub.state import HubSettings, HubState
from tests.support.loopback_hub.trust import Job, Publisher
from tests.support.loopback_hub.xet import XetChunk, XetStore


class LoopbackHub:
    """A Hub that lives as long as the `with` block; its large objects lie in `folder`.

    Attributes:
        endpoint: URL for `HF_ENDPOINT`.
        token: a token that may read and write everything.
        xet: whether Xet is offered.
        log: every request.
        faults: what is to go wrong.
    """

    def __init__(
        self,
        folder: Path,
        token: str = "hf_test",  # noqa: S107  # opens nothing
        *,
        xet: bool = False,
        settings: HubSettings | None = None,
    ) -> None:
        """Make a server that answers from `__enter__` on; `settings` overrules `token` and `xet`."""
        settings = settings or HubSettings(tokens=(token,), xet=xet)
        parts = folder / "parts"
        parts.mkdir(parents=True, exist_ok=True)
        self._state = HubState(settings, BlobStore(folder / "objects"), XetStore(folder / "xet"), parts)
        self._server = LoopbackServer(lambda request: answer(self._state, request))
        self._state.endpoint = self._server.url
        self.endpoint: str = self._server.url
        self.token: str = settings.tokens[0]
        self.xet: bool = settings.xet
        self.log: RequestLog = self._server.log
        self.faults: Faults = self._server.faults

    def __enter__(self) -> "LoopbackHub":
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        if self._server.crashes and error is None:
            raise AssertionError("the loopback hub has a defect:\n" + "\n".join(self._server.crashes))

    def repo(self, repo_id: str) -> Repo:
        """A repository, to look into and to tamper with.

        Raises:
            KeyError: when there is none of that name.
        """
        return self._state.repos[repo_id]

    def seed_repo(
        self,
        repo_id: str,
        files: Mapping[str, bytes | Path],
        *,
        revision: str = "main",
        title: str = "Seed",
        private: bool = False,
    ) -> str:
        """Put files on a branch by one commit, making repository and branch as needed; returns the commit's id."""
        with self._state.lock:
            repo = self._state.repos.get(repo_id) or self._state.create_repo(repo_id, private=private)
            repo.branches.setdefault(revision, repo.branches["main"])
            tree = dict(repo.head(revision).tree)
            for path, content in files.items():
                tree[path] = self._stored(tree, path, content)
            return repo.advance(revision, title, "", tree).oid

    def rename_repo(self, old: str, new: str) -> None:
        """Give a repository another name; the old one leads there."""
        with self._state.lock:
            repo = self._state.repos.pop(old)
            repo.repo_id = new
            self._state.repos[new] = repo
            self._state.renamed[old] = new

    def gate(self, repo_id: str, *admitted: str) -> None:
        """Give a repository's files to holders of these tokens only."""
        self.repo(repo_id).admitted = admitted

    def trust(self, repo_id: str, publisher: Publisher) -> None:
        """Let a workflow write a repository, as its settings page does."""
        self._state.publishers[repo_id] = publisher

    def job(self, job: Job) -> dict[str, str]:
        """The variables with which GitHub lets a job that has `id-token: write` say who it is."""
        token = secrets.token_hex(16)
        self._state.jobs[token] = job
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.endpoint}{ISSUER_PATH}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token,
        }

    @property
    def minted_tokens(self) -> tuple[str, ...]:
        """Every token that was given for an identity."""
        return tuple(self._state.minted)

    def received_bytes(self, branch: str) -> int:
        """What clients have sent of the contents of files: all large objects, and the small files of one branch.

        By Xet, the chunks that were new to its storage count, as many bytes as they have unpacked.
        """
        small = (each.size_bytes for each in self._state.arrivals if each.kind == "inline" and each.branch == branch)
        return self.received_large_bytes + sum(small)

    @property
    def received_large_bytes(self) -> int:
        """Of large objects, by Git LFS or by Xet."""
        lfs = sum(each.size_bytes for each in self._state.arrivals if each.kind == "lfs")
        return lfs + sum(chunk.size_bytes for chunk in self._state.xet.chunks)

    @property
    def xet_chunks(self) -> tuple[XetChunk, ...]:
        """Every chunk in Xet storage."""
        return self._state.xet.chunks

    def read(self, repo_id: str, path: str, revision: str = "main") -> bytes:
        """The bytes of a file, as a download would get them, without a request.

        Raises:
            KeyError: when there is no such repository or file.
        """
        file = self.repo(repo_id).files(revision)[path]
        return file.content if isinstance(file, RegularFile) else self._state.path_of(file).read_bytes()

    def _stored(self, tree: Mapping[str, RepoFile], path: str, content: bytes | Path) -> RepoFile:
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        sample = next(iter(chunks_of(content)), b"") if isinstance(content, Path) else content
        if self._state.wants_large(tree, path, size, sample[:512]):
            return LargeFile(*self._state.blobs.put(chunks_of(content) if isinstance(content, Path) else [content]))
        return RegularFile(content.read_bytes() if isinstance(content, Path) else content)
