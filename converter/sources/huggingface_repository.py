"""What the Hub says about a repository at one commit: which files it has, how large they are, and their digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from converter.registry import HubFileSource, HubSource, printable
from converter.sources.errors import SourceError
from converter.sources.huggingface_errors import explained


@dataclass(frozen=True)
class HubAccess:
    """How to reach the Hugging Face Hub."""

    endpoint: str | None = None
    """`None` means the public Hub."""
    token: str | None = None


@dataclass(frozen=True)
class HubFile:
    """One file of a repository."""

    size_bytes: int
    sha256: str | None
    """`None` for small files, which git itself holds."""


@dataclass(frozen=True)
class Repository:
    """A repository at the commit that a revision stands for now."""

    commit: str
    files: Mapping[str, HubFile]
    gated: bool
    """Whether its files are only for who has accepted its terms; the listing is for everybody."""


def repository(source: HubSource | HubFileSource, access: HubAccess) -> Repository:
    """Ask the Hub about a repository.

    Raises:
        SourceError: it is missing, private, renamed or gated, or has no such revision.
        SourceUnreachable: the Hub does not answer.
    """
    import huggingface_hub as hub

    api = hub.HfApi(endpoint=access.endpoint, token=access.token)
    with explained(source.repo, source.revision):
        info = api.model_info(source.repo, revision=source.revision, files_metadata=True)
    if info.id != source.repo:
        # The Hub redirects from the old name as long as nobody takes it; then the same entry would be another model.
        raise SourceError(
            f"{source.repo}: renamed, expected the name that the repository has now; write {printable(info.id)}"
        )
    files = {
        file.rfilename: HubFile(file.size or 0, file.lfs.sha256 if file.lfs else None) for file in info.siblings or ()
    }
    return Repository(str(info.sha), files, bool(info.gated))
