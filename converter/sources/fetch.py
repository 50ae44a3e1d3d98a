"""From a source of the registry to a model on this machine."""

from pathlib import Path
from typing import assert_never

from converter.progress import Report, silent
from converter.registry import CivitaiSource, HttpsSource, HubFileSource, HubSource, LocalSource, Source
from converter.sources.civitai import fetch_civitai
from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetched import Fetched
from converter.sources.https import fetch_https
from converter.sources.huggingface import HubAccess, fetch_hub
from converter.sources.huggingface_file import fetch_hub_file
from converter.sources.local import resolve_local
from converter.sources.policy import Downloads


def fetch(
    source: Source,
    *,
    root: Path,
    access: HubAccess,
    downloads: Downloads,
    sha256: str | None = None,
    report: Report = silent,
) -> Fetched:
    """Fetch a source; what is already in a cache is not fetched again.

    Args:
        source: as the registry has it.
        root: where relative paths start.
        access: how to reach the Hugging Face Hub.
        downloads: where other files of the web go, how they get there, and what is allowed at all.
        sha256: what a single file of the web must have. Local files are not digested here.
        report: called as the work goes on.

    Raises:
        SourceError: it is missing, not allowed, or not what is pinned.
        SourceUnreachable: its host does not answer.
        NoSpaceError: the disk has no room for it.
    """
    match source:
        case LocalSource():
            return resolve_local(source, root, downloads.policy)
        case HubSource():
            try:
                return fetch_hub(source, access, report)
            except (SourceError, SourceUnreachable) as error:
                if (root / source.repo).exists():
                    hint = f"{error}. There is a folder {source.repo} here: write ./{source.repo} for it"
                    raise type(error)(hint) from error
                raise
        case HubFileSource():
            return fetch_hub_file(source, access, downloads.policy, sha256, report)
        case CivitaiSource():
            return fetch_civitai(source, downloads, sha256, report)
        case HttpsSource():
            return fetch_https(source, downloads, sha256, report)
        case _:
            assert_never(source)
