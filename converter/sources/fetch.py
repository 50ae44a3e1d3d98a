"""From a source of the registry to a model on this machine."""

from pathlib import Path
from typing import assert_never

from converter.progress import Report, silent
from converter.registry import CivitaiSource, HttpsSource, HubFileSource, HubSource, LocalSource, Source
from converter.sources.civitai import civitai_file
from converter.sources.download import download
from converter.sources.fetched import Fetched
from converter.sources.https import https_file
from converter.sources.huggingface import fetch_hub
from converter.sources.huggingface_file import fetch_hub_file
from converter.sources.huggingface_repository import HubAccess
from converter.sources.local import folder_named, resolve_local
from converter.sources.policy import Downloads
from converter.sources.repository_files import SourceKind
from converter.sources.wanted import Wanted


def fetch(
    source: Source,
    *,
    root: Path,
    access: HubAccess,
    downloads: Downloads,
    kind: SourceKind = SourceKind.PIPELINE,
    sha256: str | None = None,
    report: Report = silent,
) -> Fetched:
    """Fetch a source; what is already in a cache is not fetched again.

    Args:
        source: as the registry has it.
        root: where relative paths start.
        access: how to reach the Hugging Face Hub.
        downloads: where other files of the web go, how they get there, and what is allowed at all.
        kind: what a repository of the Hub is.
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
            with folder_named(source, root):
                return fetch_hub(source, access, kind, report)
        case HubFileSource():
            return fetch_hub_file(source, access, downloads.policy, sha256, report)
        case CivitaiSource():
            return _downloaded(civitai_file(source, downloads.civitai, sha256), downloads, report)
        case HttpsSource():
            return _downloaded(https_file(source, sha256), downloads, report)
        case _:
            assert_never(source)


def _downloaded(wanted: Wanted, downloads: Downloads, report: Report) -> Fetched:
    path = download(wanted, downloads, report)
    return Fetched(path, wanted.shown, None, sha256=path.name)
