"""GitHub as the environment has it: the variables that each workflow sets, and that a person can set."""

import os
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from converter.github import GitHub, GitHubAccess

_SERVER = "https://github.com"


def github_access(*, attempts: int = 4) -> "GitHubAccess":
    """How to reach GitHub: `GITHUB_API_URL` and `GITHUB_TOKEN`, empty ones counting as absent."""
    from converter.github import GITHUB_API, GitHubAccess, parse_endpoint

    endpoint = parse_endpoint(os.environ.get("GITHUB_API_URL") or GITHUB_API)
    return GitHubAccess(endpoint, os.environ.get("GITHUB_TOKEN") or None, attempts=attempts)


def github_server() -> str:
    """Where the pages of GitHub are: `GITHUB_SERVER_URL`."""
    return (os.environ.get("GITHUB_SERVER_URL") or _SERVER).rstrip("/")


def named_repository() -> str | None:
    """What `GITHUB_REPOSITORY` says."""
    return os.environ.get("GITHUB_REPOSITORY") or None


def github_to_write(option: str) -> "GitHub":
    """The repository that an option writes to.

    Raises:
        typer.BadParameter: a variable is missing that `option` needs.
        GitHubSettingError: one has something else in it.
    """
    from converter.github import GitHub, parse_repository

    access, repository = github_access(), named_repository()
    missing = [name for name, value in (("GITHUB_REPOSITORY", repository), ("GITHUB_TOKEN", access.token)) if not value]
    if missing or repository is None:
        raise typer.BadParameter(
            f"found {option} without {' and '.join(missing)}, expected them as in a workflow; set them"
        )
    return GitHub(parse_repository(repository), access)
