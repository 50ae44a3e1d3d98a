"""The file hub: a plain local folder with the contents of a hub repository. The default; it needs no account.

    HUB/main/               branch `main`: `index.json`, `ledger.json`, `README.md`
    HUB/NAME.vN/            a tag: the release folder itself, in plain files that any client can load
    HUB/.commits/NAME/      a commit without its tag yet (see `folder_staging`)

There is no other state. The id of a commit is the start of the SHA-256 of the release's `SHA256SUMS`, so it follows
from the folder, and a copied, moved or restored hub stays right. Commit and tag are one rename each: a reader sees a
whole release or none. Writers of one branch take turns; one whose commit was replaced by another's before it was
tagged is told so by `Moved`.
"""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from converter.files import require_space, write_atomically
from converter.hub.errors import FileMissing, FileTooLarge, HubError, Moved
from converter.hub.folder_copy import copy_files, flush, flush_files
from converter.hub.folder_errors import translated_os_errors
from converter.hub.folder_layout import COMMITS, FolderLayout, commit_id, file_sizes
from converter.hub.folder_staging import branch_lock, clear_leftovers, fresh_incoming, move_into_commits
from converter.hub.local_release import LocalRelease
from converter.hub.store import HUB_FILES, INDEX_NAME, LEDGER_NAME, MAIN, Committed, IndexState, StoredFile
from converter.progress import Report
from converter.release.checksums import require_inside


class FolderStore:
    """A `Store` in a folder; not to be shared between threads."""

    def __init__(self, root: Path, *, name: str) -> None:
        """Open the hub in `root`, called `name` in messages; it need not exist yet."""
        self._root = root
        self._name = name
        self._layout = FolderLayout(root)

    @property
    def repo_id(self) -> None:
        return None

    def describe(self) -> str:
        return self._name

    def prepare(self) -> None:
        if self._root.exists() and not self._root.is_dir():
            raise HubError(f"{self._name}: a file is there, expected a folder; choose another place for the hub")
        with translated_os_errors(self._name):
            self._root.mkdir(parents=True, exist_ok=True)
            clear_leftovers(self._root)

    def tags(self) -> Mapping[str, str]:
        return self._layout.tags()

    def branch_head(self, branch: str) -> str | None:
        folder = self._layout.head(branch)
        return None if folder is None else commit_id(folder)

    def files(self, revision: str) -> Sequence[StoredFile]:
        sizes = file_sizes(self._folder_at(revision))
        return [StoredFile(path, size, None) for path, size in sizes.items() if path not in HUB_FILES]

    def read(self, revision: str, path: str, max_bytes: int) -> bytes:
        with self._file_at(revision, path).open("rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:
            raise FileTooLarge(f"{self._name}: {path} at {revision} is larger than {max_bytes:,} bytes; not ours")
        return data

    def local_folder(self, revision: str) -> Path:
        return self._folder_at(revision)

    def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
        size_bytes = self._file_at(revision, path).stat().st_size
        with translated_os_errors(f"{to}"):
            (to / path).unlink(missing_ok=True)
            copy_files(self._folder_at(revision), to, {path: size_bytes}, f"{path}: copying", report)

    def commit_folder(
        self, branch: str, release: LocalRelease, *, parent: str | None, message: str, consume: bool, report: Report
    ) -> Committed:
        del message  # a folder keeps no history
        with translated_os_errors(self._name), branch_lock(self._root, branch):
            if self.branch_head(branch) != parent:
                raise Moved(f"{self._name}: branch {branch} has a new commit since it was read; run it again")
            whole = self._whole_folder(branch, release, consume=consume, report=report)
            return Committed(commit_id(move_into_commits(whole, self._root, branch)), sent_bytes=None)

    def create_tag(self, tag: str, commit: str) -> None:
        branch = tag.rpartition(".v")[0]
        with translated_os_errors(self._name), branch_lock(self._root, branch):
            self._rename_to_tag(self._root / COMMITS / branch, self._root / tag, commit)

    def amend(self, branch: str, files: Mapping[str, bytes], *, parent: str, message: str) -> None:
        del branch, files, parent, message  # a branch is its newest tag here

    def read_index(self) -> IndexState:
        index, ledger = (self._on_main(name) for name in (INDEX_NAME, LEDGER_NAME))
        if index is None and ledger is None:
            return IndexState(None, None, None)
        digests = ("absent" if data is None else hashlib.sha256(data).hexdigest() for data in (index, ledger))
        return IndexState(index, ledger, " ".join(digests))

    def replace_index(self, files: Mapping[str, bytes], token: str | None) -> None:
        with translated_os_errors(self._name), branch_lock(self._root, MAIN):
            if self.read_index().token != token:
                raise Moved(f"{self._name}: {INDEX_NAME} was changed by somebody else just now; run it again")
            # The index comes last: a run that dies between them leaves the old index, and the next one writes all.
            for name in sorted(files, key=lambda name: name == INDEX_NAME):
                write_atomically(self._root / MAIN / name, files[name])

    def _on_main(self, name: str) -> bytes | None:
        try:
            return (self._root / MAIN / name).read_bytes()
        except FileNotFoundError:
            return None

    def _rename_to_tag(self, source: Path, target: Path, commit: str) -> None:
        if target.exists():
            raise Moved(f"{self._name}: tag {target.name} was made by somebody else just now; run it again")
        if not source.is_dir() or commit_id(source) != commit:
            raise Moved(f"{self._name}: commit {commit} of {source.name} is not there any more; run it again")
        source.rename(target)
        flush(self._root)

    def _whole_folder(self, branch: str, release: LocalRelease, *, consume: bool, report: Report) -> Path:
        if consume and self._may_rename(release):
            flush_files(release.folder, release.sizes)
            # A folder made for work in progress may be closed to other users; a hub is not.
            release.folder.chmod(stat.S_IMODE(self._root.stat().st_mode))
            return release.folder
        require_space(self._root, release.size_bytes)
        place = fresh_incoming(self._root, branch)
        task = f"{release.manifest.tag}: copying into {self._name}"
        copy_files(release.folder, place, release.sizes, task, report)
        return place

    def _may_rename(self, release: LocalRelease) -> bool:
        """A rename keeps hard links, which onnx refuses, and works within one file system only."""
        places = [release.folder.stat(), *((release.folder / path).stat() for path in release.sizes)]
        one_disk = all(place.st_dev == self._root.stat().st_dev for place in places)
        return one_disk and all(place.st_nlink == 1 for place in places[1:])

    def _folder_at(self, revision: str) -> Path:
        folder = self._layout.folder_at(revision)
        if folder is None:
            raise FileMissing(f"{self._name}: found no revision {revision!r}; `list` shows what there is")
        return folder

    def _file_at(self, revision: str, path: str) -> Path:
        require_inside(path, self._name)
        file = self._folder_at(revision) / path
        if not file.is_file():
            raise FileMissing(f"{self._name}: {path!r} is not in {revision}; the release is incomplete")
        return file
