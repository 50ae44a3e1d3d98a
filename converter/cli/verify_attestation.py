"""The part of `verify` that is about who made a release: `--attestation`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from converter.cli.github_access import github_access, github_server, named_repository
from converter.cli.options import Place, hub_access

if TYPE_CHECKING:
    from converter.attestation import Expected, Seen
    from converter.github import Repository
    from converter.hub import Store
    from converter.pipeline import LookedUp

_HUB = "https://huggingface.co"


@dataclass(frozen=True)
class Attested:
    """What GitHub has of a release."""

    expected: Expected
    seen: Seen
    commands: tuple[str, ...]
    """They check the signature."""


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


def attested(release: LookedUp, repository: Repository, store: Store) -> Attested:
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


def _commands(release: LookedUp, expected: Expected, store: Store) -> list[str]:
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
