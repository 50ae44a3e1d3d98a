"""The text after `--hub`: which hub is meant, and opening it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

from converter.hub.errors import HubAddressError
from converter.hub.folder_store import FolderStore
from converter.hub.huggingface_store import HuggingFaceStore
from converter.hub.store import Store

# https://huggingface.co/docs/hub/repositories-settings: letters, digits, `-`, `_`, `.`; neither `--` nor `..`.
_REPO = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}(?<![.-])", re.ASCII)
_FORMS = "`file:FOLDER` or `hf:ORGANISATION/REPOSITORY`"


@dataclass(frozen=True)
class FolderAddress:
    """`file:hub`: a folder; a relative one belongs to the repository's root."""

    path: Path

    def __str__(self) -> str:
        return f"file:{self.path}"


@dataclass(frozen=True)
class HuggingFaceAddress:
    """`hf:org/zoo`: a model repository of the Hugging Face Hub."""

    repo_id: str

    def __str__(self) -> str:
        return f"hf:{self.repo_id}"


HubAddress: TypeAlias = FolderAddress | HuggingFaceAddress


def parse_hub(text: str) -> HubAddress:
    """The hub that a person means; `parse_hub(str(address)) == address`.

    Raises:
        HubAddressError: it is neither form; says which there are.
    """
    scheme, _, rest = text.partition(":")
    match scheme:
        case "file" if rest.removeprefix("//").strip():
            return FolderAddress(_folder(rest))
        case "hf" if _REPO.fullmatch(rest):
            return HuggingFaceAddress(rest)
        case "hf":
            raise HubAddressError(
                f"--hub: {rest!r} is not the id of a repository; expected `hf:ORGANISATION/REPOSITORY`"
            )
        case _:
            raise HubAddressError(f"--hub: found {text!r}, expected {_FORMS}")


def open_hub(address: HubAddress, *, endpoint: str | None, token: str | None, root: Path | None) -> Store:
    """The hub at an address; nothing is read or made yet.

    Args:
        address: from `parse_hub`.
        endpoint: of the Hugging Face Hub's API; `None` is the client's default.
        token: for it; `None` is the client's own login.
        root: what a relative folder is relative to; `None` is the current folder.
    """
    match address:
        case FolderAddress(path):
            return FolderStore(path if root is None else root / path, name=str(address))
        case HuggingFaceAddress(repo_id):
            return HuggingFaceStore(repo_id, endpoint=endpoint, token=token)
    assert_never(address)


def _folder(rest: str) -> Path:
    if "\0" in rest or "\n" in rest:
        raise HubAddressError(f"--hub: {rest!r} is not a path; expected {_FORMS}")
    if rest.startswith("//") and not rest.startswith("///"):
        raise HubAddressError(f"--hub: `file:{rest}` names a host; expected `file:FOLDER` or `file:///ABSOLUTE/FOLDER`")
    return Path(rest.removeprefix("//"))
