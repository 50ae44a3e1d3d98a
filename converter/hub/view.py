"""A published release as something that can be verified, without downloading what the hub has digested already."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from converter.hub.store import Store, StoredFile
from converter.release.view import FolderView, ReleaseView

_MAX_READ_BYTES = 64 << 20


@dataclass(frozen=True)
class StoreView:
    """The files of a revision, as the hub lists them."""

    store: Store
    revision: str
    files: Mapping[str, StoredFile]

    @property
    def where(self) -> str:
        return f"{self.store.describe()}: {self.revision}"

    def sizes(self) -> Mapping[str, int]:
        return {path: file.size_bytes for path, file in self.files.items()}

    def read(self, path: str) -> bytes:
        return self.store.read(self.revision, path, _MAX_READ_BYTES)

    def sha256(self, path: str) -> str:
        """What the hub computed when the file arrived; small files, for which it keeps none, are read."""
        return self.files[path].sha256 or hashlib.sha256(self.read(path)).hexdigest()


def view_of(store: Store, revision: str) -> ReleaseView:
    """The release at a tag: its folder where the hub is one, what the hub says otherwise.

    Raises:
        FileMissing: there is no such revision.
    """
    folder = store.local_folder(revision)
    if folder is not None:
        return FolderView(folder)
    return StoreView(store, revision, {file.path: file for file in store.files(revision)})
