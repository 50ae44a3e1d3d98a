"""The place where releases are published and downloaded from.

One algorithm over a small Protocol (`Store`) with two backends: a plain local folder, which is the default and needs no
account, and a model repository of the Hugging Face Hub. Tags and the manifests under them are the truth, the index is a
cache of them, and the `Ledger` has what people decided about releases. This room never moves or deletes a tag or a
branch, and it does not know how a release is made, nor whether its graphs are any good.
"""

from converter.hub.address import FolderAddress, HubAddress, HuggingFaceAddress, open_hub, parse_hub
from converter.hub.attempts import with_attempts
from converter.hub.download import download
from converter.hub.errors import (
    DigestMismatch,
    FileMissing,
    FileTooLarge,
    HubAddressError,
    HubDenied,
    HubError,
    HubUnreachable,
    LedgerUnreadable,
    Moved,
    ReleaseNotFound,
    TagConflict,
    YankedRelease,
)
from converter.hub.index import Index, IndexRow
from converter.hub.ledger import Ledger
from converter.hub.local_release import LocalRelease
from converter.hub.marking import retire, unretire, unyank, yank
from converter.hub.publish import PublishedRelease, publish
from converter.hub.published import PublishedState, read_published
from converter.hub.refresh import is_behind, refresh_index
from converter.hub.store import IndexState, Store, StoredFile
from converter.hub.view import view_of

__all__ = [
    "DigestMismatch",
    "FileMissing",
    "FileTooLarge",
    "FolderAddress",
    "HubAddress",
    "HubAddressError",
    "HubDenied",
    "HubError",
    "HubUnreachable",
    "HuggingFaceAddress",
    "Index",
    "IndexRow",
    "IndexState",
    "Ledger",
    "LedgerUnreadable",
    "LocalRelease",
    "Moved",
    "PublishedRelease",
    "PublishedState",
    "ReleaseNotFound",
    "Store",
    "StoredFile",
    "TagConflict",
    "YankedRelease",
    "download",
    "is_behind",
    "open_hub",
    "parse_hub",
    "publish",
    "read_published",
    "refresh_index",
    "retire",
    "unretire",
    "unyank",
    "view_of",
    "with_attempts",
    "yank",
]
