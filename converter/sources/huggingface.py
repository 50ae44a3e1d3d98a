"""Diffusers repositories of the Hugging Face Hub: the files that a conversion needs, at one commit."""

from __future__ import annotations

from pathlib import Path

from converter.progress import Progress, Report
from converter.registry import HubSource
from converter.sources.fetched import Fetched
from converter.sources.huggingface_errors import explained
from converter.sources.huggingface_repository import HubAccess, repository
from converter.sources.repository_files import SourceKind, needed


def fetch_hub(source: HubSource, access: HubAccess, kind: SourceKind, report: Report) -> Fetched:
    """Download a diffusers repository into huggingface_hub's own cache, without what is not converted.

    Args:
        source: the repository, perhaps with a revision.
        access: endpoint and token.
        kind: what it is.
        report: called before and after the download.

    Raises:
        SourceError: it is missing, gated, or not of that kind.
        SourceUnreachable: the Hub does not answer.
    """
    import huggingface_hub as hub

    found = repository(source, access)
    commit, files = found.commit, needed(source.repo, list(found.files), kind)
    total = sum(found.files[name].size_bytes for name in files)
    api = hub.HfApi(endpoint=access.endpoint, token=access.token)
    with explained(source.repo, source.revision):
        task = f"{source.repo}@{commit[:8]}: downloading"
        report(Progress(task, 0, total, "bytes"))
        folder = api.snapshot_download(source.repo, revision=commit, allow_patterns=files)
        report(Progress(task, total, total, "bytes"))
    return Fetched(Path(folder), source.display(), commit)
