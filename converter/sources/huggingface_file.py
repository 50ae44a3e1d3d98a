"""One file of a repository of the Hugging Face Hub, at one commit."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from converter.files import require_space
from converter.progress import Progress, Report
from converter.registry import HubFileSource
from converter.sources.errors import SourceError
from converter.sources.fetched import Fetched
from converter.sources.huggingface_errors import explained
from converter.sources.huggingface_repository import HubAccess, HubFile, Repository, repository
from converter.sources.policy import SourcePolicy

_MOST_NAMES = 3


def fetch_hub_file(
    source: HubFileSource, access: HubAccess, policy: SourcePolicy, sha256: str | None, report: Report
) -> Fetched:
    """Download a file into huggingface_hub's own cache; what is there is not downloaded again.

    Args:
        source: the repository, perhaps with a revision, and the file.
        access: endpoint and token.
        policy: how large it may be.
        sha256: what it must have; checked before the download where the Hub knows it.
        report: called before and after the download.

    Raises:
        SourceError: repository or file are missing, gated, too large, or not what is pinned.
        SourceUnreachable: the Hub does not answer.
        NoSpaceError: the disk has no room for it.
    """
    import huggingface_hub as hub
    from huggingface_hub import constants

    api = hub.HfApi(endpoint=access.endpoint, token=access.token)
    found = repository(source, access)
    commit, file = found.commit, file_in(found, source)
    _require_allowed(source, file, policy, sha256)
    size_bytes = file.size_bytes
    with explained(source.repo, source.revision):
        if not isinstance(hub.try_to_load_from_cache(source.repo, source.path, revision=commit), str):
            require_space(Path(constants.HF_HUB_CACHE), size_bytes)
        task = f"{source.repo}@{commit[:8]}: downloading {source.path}"
        report(Progress(task, 0, size_bytes, "bytes"))
        path = api.hf_hub_download(source.repo, source.path, revision=commit)
        report(Progress(task, size_bytes, size_bytes, "bytes"))
    return Fetched(Path(str(path)), source.display(), commit)


def file_in(found: Repository, source: HubFileSource) -> HubFile:
    """The file that a source names.

    Raises:
        SourceError: there is none; with the nearest names.
    """
    files = found.files
    if source.path in files:
        return files[source.path]
    near = get_close_matches(source.path, files, n=_MOST_NAMES, cutoff=0.5)
    guess = f"; did you mean {', '.join(near)}?" if near else "; look at the files of the repository"
    at = f"{source.repo}@{source.revision}" if source.revision else source.repo
    raise SourceError(f"{at}: there is no file {source.path}, expected one of its {len(files)} files{guess}")


def _require_allowed(source: HubFileSource, file: HubFile, policy: SourcePolicy, sha256: str | None) -> None:
    size_bytes, known = file.size_bytes, file.sha256
    if size_bytes > policy.max_bytes:
        raise SourceError(
            f"{source.display()}: the file has {size_bytes:,} bytes, expected at most {policy.max_bytes:,}; "
            "use a smaller one"
        )
    if sha256 and known and sha256 != known:
        raise SourceError(
            f"{source.display()}: the file has SHA-256 {known}, expected {sha256}; it was changed or is another one: "
            "correct `sha256` after finding out why"
        )
