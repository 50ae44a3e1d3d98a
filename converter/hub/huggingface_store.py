"""The Hugging Face Hub as a `Store`: one model repository, a branch for each entry, a tag for each release.

Only calls that make exactly one commit are used: `create_commit` with `parent_commit`, and not `upload_folder`, which
may make several.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from converter.hub.errors import FileMissing, FileTooLarge
from converter.hub.huggingface_commit import operations_for
from converter.hub.huggingface_errors import translated_client_errors
from converter.hub.huggingface_progress import reporting_bar
from converter.hub.local_release import LocalRelease
from converter.hub.published import held_files
from converter.hub.store import HUB_FILES, INDEX_NAME, LEDGER_NAME, MAIN, Committed, IndexState, StoredFile
from converter.progress import Progress, Report

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.hf_api import RepoFile

_TIMEOUT_S = 120.0
"""Longer than the Hub takes for a commit; the client itself would wait for ever."""
_MAX_INDEX_BYTES = 256 << 20
_SENT_ALONE_BYTES = 1 << 20
"""Files from this size on are sent one by one before the commit, so that progress is seen and a killed run goes on."""


class HuggingFaceStore:
    """A `Store` in a repository of the Hub."""

    def __init__(self, repo_id: str, *, endpoint: str | None, token: str | None, timeout_s: float = _TIMEOUT_S) -> None:
        """Open `repo_id`; nothing is requested yet.

        Args:
            repo_id: `org/zoo`.
            endpoint: of the API; `None` is the client's default.
            token: `None` is the client's own login (a saved one, or a Trusted Publisher's).
            timeout_s: how long the server may be silent.
        """
        self._repo_id = repo_id
        self._endpoint = endpoint
        self._token = token
        self._timeout_s = timeout_s

    @property
    def repo_id(self) -> str:
        return self._repo_id

    def describe(self) -> str:
        return f"hf:{self._repo_id}"

    def prepare(self) -> None:
        try:
            self._refs("heads")
        except FileMissing:
            with self._calling("making the repository"):
                self._api.create_repo(self._repo_id, repo_type="model", exist_ok=True)

    def tags(self) -> Mapping[str, str]:
        try:
            return self._refs("tags")
        except FileMissing:
            return {}

    def branch_head(self, branch: str) -> str | None:
        try:
            return self._refs("heads").get(branch)
        except FileMissing:
            return None

    def files(self, revision: str) -> Sequence[StoredFile]:
        found = (file for file in self._tree(revision) if file.path not in HUB_FILES)
        stored = (StoredFile(item.path, item.size, item.lfs.sha256 if item.lfs else None) for item in found)
        return sorted(stored, key=lambda file: file.path)

    def read(self, revision: str, path: str, max_bytes: int) -> bytes:
        from huggingface_hub import hf_hub_url, hf_raise_for_status
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but exported at run time only
            build_hf_headers,
            http_stream_backoff,
        )

        url = hf_hub_url(self._repo_id, path, revision=revision, endpoint=self._api.endpoint)
        data = bytearray()
        with self._calling(f"reading {path} of {revision}"):
            headers = build_hf_headers(token=self._token)
            with http_stream_backoff("GET", url, headers=headers, follow_redirects=True) as response:
                hf_raise_for_status(response)
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > max_bytes:
                        raise FileTooLarge(
                            f"{self.describe()}: {path} at {revision} is larger than {max_bytes:,} bytes; not ours"
                        )
        return bytes(data)

    def local_folder(self, revision: str) -> None:
        del revision  # it is far away

    def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
        bar = cast("Any", reporting_bar(f"{path}: downloading", report))  # not a tqdm, but all that is used of one
        with self._calling(f"downloading {path} of {revision}"):
            self._api.hf_hub_download(self._repo_id, path, revision=revision, local_dir=to, tqdm_class=bar)

    def commit_folder(
        self, branch: str, release: LocalRelease, *, parent: str | None, message: str, consume: bool, report: Report
    ) -> Committed:
        del consume  # what was uploaded is still there
        head, held = parent or self._new_branch(branch), held_files(self)
        there = self._tree(head)
        with self._calling(f"uploading {release.manifest.tag}"):
            operations = operations_for(release, there, held)
            self._send_large_files(branch, operations.additions, release, report)
            commit = self._api.create_commit(
                self._repo_id, operations.all, commit_message=message, revision=branch, parent_commit=head
            )
        return Committed(str(commit.oid), operations.sent_bytes)

    def create_tag(self, tag: str, commit: str) -> None:
        with self._calling(f"making the tag {tag}"):
            self._api.create_tag(self._repo_id, tag=tag, revision=commit)

    def amend(self, branch: str, files: Mapping[str, bytes], *, parent: str, message: str) -> None:
        with self._calling(f"writing {', '.join(files)} of {branch}"):
            self._commit_small(branch, files, parent, message)

    def read_index(self) -> IndexState:
        head = self.branch_head(MAIN)
        if head is None:
            return IndexState(None, None, None)
        return IndexState(self._on_main(head, INDEX_NAME), self._on_main(head, LEDGER_NAME), head)

    def replace_index(self, files: Mapping[str, bytes], token: str | None) -> None:
        with self._calling(f"writing {INDEX_NAME}"):
            self._commit_small(MAIN, files, token, "Update the index")

    def _tree(self, revision: str) -> "Sequence[RepoFile]":
        from huggingface_hub.hf_api import RepoFile

        with self._calling(f"listing the files of {revision}"):
            tree = list(self._api.list_repo_tree(self._repo_id, recursive=True, revision=revision))
        return [item for item in tree if isinstance(item, RepoFile)]

    def _on_main(self, head: str, name: str) -> bytes | None:
        try:
            return self.read(head, name, _MAX_INDEX_BYTES)
        except FileMissing:
            return None

    def _commit_small(self, branch: str, files: Mapping[str, bytes], parent: str | None, message: str) -> None:
        from huggingface_hub import CommitOperationAdd

        operations = [CommitOperationAdd(path, data) for path, data in files.items()]
        self._api.create_commit(
            self._repo_id, operations, commit_message=message, revision=branch, parent_commit=parent
        )

    def _new_branch(self, branch: str) -> str:
        """A branch at the repository's first commit, so that nothing of `main` is in it; that commit."""
        with self._calling(f"making the branch {branch}"):
            first = self._api.list_repo_commits(self._repo_id, revision=MAIN)[-1].commit_id
            self._api.create_branch(self._repo_id, branch=branch, revision=first, exist_ok=True)
        return str(first)

    def _send_large_files(
        self, branch: str, additions: "Sequence[CommitOperationAdd]", release: LocalRelease, report: Report
    ) -> None:
        sizes = [release.sizes[addition.path_in_repo] for addition in additions]
        task, total = f"{release.manifest.tag}: uploading", release.size_bytes
        done = total - sum(sizes)  # what is on the hub already
        report(Progress(task, done, total, "bytes"))
        for addition, size_bytes in zip(additions, sizes, strict=True):
            if size_bytes >= _SENT_ALONE_BYTES:
                self._api.preupload_lfs_files(self._repo_id, [addition], revision=branch, free_memory=False)
            done += size_bytes
            report(Progress(task, done, total, "bytes"))

    def _refs(self, kind: str) -> Mapping[str, str]:
        with self._calling("listing branches and tags"):
            refs = self._api.list_repo_refs(self._repo_id)
        return {ref.name: ref.target_commit for ref in (refs.tags if kind == "tags" else refs.branches)}

    @cached_property
    def _api(self) -> "HfApi":
        from huggingface_hub import HfApi
        from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]  # as above

        disable_progress_bars()  # this program shows its own
        return HfApi(endpoint=self._endpoint, token=self._token, library_name="onnx-registry")

    @contextmanager
    def _calling(self, what: str) -> Iterator[None]:
        from huggingface_hub import get_session

        with translated_client_errors(self.describe(), what):
            # Set each time: the client makes a new session, which waits for ever, after a refused connection.
            get_session().timeout = self._timeout_s
            yield
