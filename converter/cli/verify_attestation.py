"""The part of `verify` that is about who made a release: `--attestation`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from converter.cli.github_access import github_access, github_server, named_repository
from converter.cli.options import Place, hub_access

if TYPE_CHECKING:
    from converter.attestation import Expected, Seen
    from converter.github import Repository
    from converter.hub import Store
    from converter.release import ReleaseView

_HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Release:
    """A release that was looked up once, so that what is verified and what is attested are the same."""

    view: ReleaseView
    tag: str | None
    """`None` for a folder."""


@dataclass(frozen=True)
class Attested:
    """What GitHub has of a release."""

    expected: Expected
    seen: Seen
    commands: tuple[str, ...]
    """They check the signature."""


def looked_up(what: str, store: Store, *, allow_yanked: bool) -> Release:
    """A folder, or a release of the hub by name.

    Raises:
        HubError: it is neither, or yanked.
    """
    from converter.hub import read_published, view_of
    from converter.release import FolderView

    if Path(what).is_dir():
        return Release(FolderView(Path(what)), None)
    tag = read_published(store).index.find(what, allow_yanked=allow_yanked).tag
    return Release(view_of(store, tag), tag)


def asked_repository(option: str | None, place: Place) -> Repository:
    """The repository that is asked: by `--repository`, else GITHUB_REPOSITORY, else the git remote `origin`.

    Raises:
        typer.BadParameter: nothing says it, or the option is no name of one.
        GitHubSettingError: GITHUB_REPOSITORY is no name of one.
    """
    from converter.doctor import origin_of, repository_of
    from converter.github import GitHubSettingError, parse_repository

    if option is not None:
        try:
            return parse_repository(option)
        except GitHubSettingError:
            raise typer.BadParameter(f"--repository: found {option[:200]!r}, expected OWNER/NAME") from None
    if (named := named_repository()) is not None:
        return parse_repository(named)
    remote, server = origin_of(place.root), github_server()
    found = None if remote is None else repository_of(remote, server)
    if found is None:
        raise typer.BadParameter(
            f"found no GITHUB_REPOSITORY, and no git remote `origin` at {server}, expected the repository that made "
            "the release; give --repository OWNER/NAME"
        )
    return found


def attested(release: Release, repository: Repository, store: Store) -> Attested:
    """What GitHub has of the `SHA256SUMS` of a release.

    Raises:
        GitHubError: GitHub refuses or does not answer.
    """
    from converter.attestation import Expected, look
    from converter.github import Attestations, GitHub
    from converter.release.checksums import CHECKSUMS_NAME

    sha256 = hashlib.sha256(release.view.read(CHECKSUMS_NAME)).hexdigest()
    expected = Expected(sha256, repository, github_server())
    seen = look(Attestations(GitHub(repository, github_access())), expected)
    return Attested(expected, seen, tuple(_commands(release, expected, store)))


def _commands(release: Release, expected: Expected, store: Store) -> list[str]:
    """How to get the file, where it is not here, and how to check the signature."""
    from converter.attestation import checking_command
    from converter.release import FolderView
    from converter.release.checksums import CHECKSUMS_NAME

    if isinstance(release.view, FolderView):
        return [checking_command(str(release.view.folder / CHECKSUMS_NAME), expected)]
    page = (hub_access().endpoint or _HUB).rstrip("/")
    url = f"{page}/{store.repo_id}/resolve/{release.tag}/{CHECKSUMS_NAME}"
    fetching = f"curl --fail --location --output {CHECKSUMS_NAME} {url}"
    return [fetching, checking_command(CHECKSUMS_NAME, expected)]
