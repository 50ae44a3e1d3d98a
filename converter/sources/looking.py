"""From a source of the registry to what it is, without downloading its weights."""

from pathlib import Path, PurePosixPath
from typing import assert_never
from urllib.parse import urlsplit

from converter.registry import CivitaiSource, HttpsSource, HubFileSource, HubSource, LocalSource, Source
from converter.sources.civitai import civitai_file
from converter.sources.https import https_file
from converter.sources.huggingface_look import look_at_hub, look_at_hub_file
from converter.sources.huggingface_repository import HubAccess, repository
from converter.sources.local import folder_named, resolve_local
from converter.sources.look import Look
from converter.sources.policy import Downloads
from converter.sources.range_reader import RangeReader
from converter.sources.remote_files import RemoteFile
from converter.sources.repository_files import SourceKind
from converter.sources.traffic import Traffic
from converter.sources.wanted import Wanted


def look(
    source: Source,
    *,
    root: Path,
    access: HubAccess,
    downloads: Downloads,
    kind: SourceKind = SourceKind.PIPELINE,
) -> Look:
    """Look at a source: what `fetch` would fetch, described by listings, small files and headers.

    Args:
        source: as the registry has it.
        root: where relative paths start.
        access: how to reach the Hugging Face Hub.
        downloads: how other hosts of the web are reached, and what is allowed at all.
        kind: what a repository of the Hub is.

    Raises:
        SourceError: it is missing, not allowed, no weights, or its server has no ranges.
        SourceUnreachable: its host does not answer.
    """
    match source:
        case LocalSource():
            found = resolve_local(source, root, downloads.policy)
            return Look(found.path, found.uri, None, None, 0, Traffic())
        case HubSource():
            with folder_named(source, root):
                return look_at_hub(source, access, downloads, kind)
        case HubFileSource():
            return look_at_hub_file(source, access, downloads)
        case CivitaiSource():
            return _web_file(civitai_file(source, downloads.civitai, None), source.display(), downloads)
        case HttpsSource():
            name = PurePosixPath(urlsplit(source.url).path).name or source.display()
            return _web_file(https_file(source, None), name, downloads)
        case _:
            assert_never(source)


def commit_of(source: HubSource | HubFileSource, access: HubAccess) -> str:
    """The commit that a source's revision stands for now.

    Raises:
        SourceError: the repository is missing, gated or renamed, or has no such revision.
        SourceUnreachable: the Hub does not answer.
    """
    return repository(source, access).commit


def _web_file(wanted: Wanted, name: str, downloads: Downloads) -> Look:
    traffic = Traffic()
    reader = RangeReader(wanted, downloads, traffic)
    return Look(RemoteFile(name, reader), wanted.shown, None, None, reader.size_bytes, traffic)
