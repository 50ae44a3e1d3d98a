"""How a Hugging Face repository, and a file in one, is written."""

import re
from urllib.parse import unquote

from converter.registry.errors import SourceSyntaxError
from converter.registry.quoting import quoted
from converter.registry.sources import HubFileSource, HubSource

HOSTS = frozenset({"huggingface.co", "hf.co", "www.huggingface.co"})
"""The web addresses that are the Hub."""

_FORM = "huggingface://org/repo[@revision][/path/file]"
_REPO_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REPO = re.compile(f"{_REPO_PART}/{_REPO_PART}")
_HUGGINGFACE = re.compile(r"([^/@]+)/([^/@]+)(?:@(refs/[^/]+/[^/]+|[^/]+))?(?:/(.+))?", re.DOTALL)
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")
_NO_NAMES = frozenset({"", ".", ".."})
"""Parts of a path that lead elsewhere, or nowhere."""


def is_repo_id(text: str) -> bool:
    """Whether `text` is `org/repo` in the Hub's characters: https://huggingface.co/docs/hub/repositories-settings."""
    return _REPO.fullmatch(text) is not None and "--" not in text and ".." not in text and not text.endswith(".git")


def revision_complaint(revision: str) -> str | None:
    """What is wrong with `revision` as a branch, tag or commit, or `None`."""
    is_odd = ".." in revision or "//" in revision or revision.endswith(("/", ".", ".lock"))
    if _REVISION.fullmatch(revision) and not is_odd:
        return None
    return f"found the revision {quoted(revision)}, expected a branch, a tag or a commit"


def parse_huggingface(rest: str) -> HubSource | HubFileSource:
    """What follows `huggingface://`.

    Raises:
        SourceSyntaxError: it is not `org/repo[@revision][/path/file]`.
    """
    match = _HUGGINGFACE.fullmatch(rest)
    if match is None or "?" in rest or "#" in rest:
        shown = quoted(re.split("[?#]", rest)[0])
        raise SourceSyntaxError(f"found {shown} after huggingface://, expected org/repo; write {_FORM}")
    org, name, revision, path = match.groups()
    return _source(f"{org}/{name}", unquote(revision) if revision else None, path)


def parse_hub_address(path: str) -> HubFileSource:
    """The path of an `https://huggingface.co/...` address that downloads one file.

    Raises:
        SourceSyntaxError: it is a page, or no repository of models.
    """
    parts = [unquote(part) for part in path.split("/")[1:]]
    if len(parts) >= 5 and parts[2] == "resolve":
        source = _source(f"{parts[0]}/{parts[1]}", parts[3], "/".join(parts[4:]))
        if isinstance(source, HubFileSource):
            return source
    raise SourceSyntaxError(f"found a page of the Hub, expected a file; {_page_advice(parts)}")


def _page_advice(parts: list[str]) -> str:
    if len(parts) >= 5 and parts[2] == "blob":
        return "write /resolve/ in the place of /blob/"
    if len(parts) >= 2 and is_repo_id(f"{parts[0]}/{parts[1]}") and parts[0] not in ("datasets", "spaces", "api"):
        return f"write huggingface://{parts[0]}/{parts[1]} for the whole repository"
    return f"write {_FORM}"


def _source(repo: str, revision: str | None, path: str | None) -> HubSource | HubFileSource:
    if not is_repo_id(repo):
        raise SourceSyntaxError(f"found the repository {quoted(repo)}, expected org/repo; write {_FORM}")
    if revision is not None and (complaint := revision_complaint(revision)):
        raise SourceSyntaxError(f"{complaint}; write {_FORM}")
    if path is None:
        return HubSource(repo, revision)
    if "\\" in path or not _NO_NAMES.isdisjoint(path.split("/")):
        raise SourceSyntaxError(f"found the path {quoted(path)} in {repo}, expected a file inside it; write {_FORM}")
    return HubFileSource(repo, revision, path)
