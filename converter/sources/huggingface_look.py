"""Looks at the Hugging Face Hub: a repository by its listing and headers, or one file of it."""

from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import quote

from converter.registry import HubFileSource, HubSource
from converter.sources.huggingface_file import file_in
from converter.sources.huggingface_repository import HubAccess, Repository, repository
from converter.sources.look import Look
from converter.sources.policy import Downloads
from converter.sources.range_reader import RangeReader
from converter.sources.remote_files import RemoteFile, RemoteFolder
from converter.sources.repository_files import SourceKind, needed
from converter.sources.traffic import Traffic
from converter.sources.wanted import Wanted
from converter.sources.web import Address


def look_at_hub(source: HubSource, access: HubAccess, downloads: Downloads, kind: SourceKind) -> Look:
    """A diffusers repository at the commit that it has now.

    Raises:
        SourceError: it is missing, gated, renamed, or not of that kind.
        SourceUnreachable: the Hub does not answer.
    """
    found, traffic = repository(source, access), Traffic()
    files = {name: found.files[name] for name in needed(source.repo, list(found.files), kind)}

    def reader(path: str) -> RangeReader:
        return _reader(HubFileSource(source.repo, found.commit, path), found, access, downloads, traffic)

    folder = RemoteFolder(source.repo, found.commit, files, access, traffic, reader)
    size_bytes = sum(file.size_bytes for file in files.values())
    return Look(folder, source.display(), found.commit, None, size_bytes, traffic)


def look_at_hub_file(source: HubFileSource, access: HubAccess, downloads: Downloads) -> Look:
    """One file of a repository at the commit that it has now.

    Raises:
        SourceError: repository or file are missing, gated or renamed.
        SourceUnreachable: the Hub does not answer.
    """
    found, traffic = repository(source, access), Traffic()
    file = file_in(found, source)
    reader = _reader(replace(source, revision=found.commit), found, access, downloads, traffic)
    place = RemoteFile(PurePosixPath(source.path).name, reader)
    return Look(place, source.display(), found.commit, file.sha256, file.size_bytes, traffic)


def _reader(
    source: HubFileSource, found: Repository, access: HubAccess, downloads: Downloads, traffic: Traffic
) -> RangeReader:
    """`source` has the commit as its revision; the token is for the Hub, and not for where it sends us."""
    import huggingface_hub as hub
    from huggingface_hub import constants

    endpoint = (access.endpoint or constants.ENDPOINT).rstrip("/")
    url = f"{endpoint}/{source.repo}/resolve/{found.commit}/{quote(source.path)}"
    token = access.token or hub.get_token()
    secrets = {"Authorization": f"Bearer {token}"} if token else {}
    wanted = Wanted(source.display(), source.display(), Address(url, secrets), None, _login(found))
    return RangeReader(wanted, _reaching(endpoint, downloads), traffic)


def _login(found: Repository) -> str:
    gate = "it is gated: accept its terms on the Hub and" if found.gated else "it is private:"
    return f"{gate} set HF_TOKEN to a token that may read it"


def _reaching(endpoint: str, downloads: Downloads) -> Downloads:
    """A Hub that is named by an http: address is one of a closed network, which its owner's settings have chosen."""
    if not endpoint.startswith("http:"):
        return downloads
    return replace(downloads, policy=replace(downloads.policy, allow_http=True, allow_private=True))
