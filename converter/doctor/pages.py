"""Addresses: the repository that a git remote is, and the pages where things are set. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from converter.github import GitHubSettingError, Repository, parse_repository

_SCP = re.compile(r"(?:[\w.-]{1,64}@)?([A-Za-z0-9.-]{1,253}):(?!//)(.+)", re.ASCII)


def repository_of(remote: str, server: str) -> Repository | None:
    """The repository that a git remote is the address of; `None` if it is at another host than `server`."""
    found = _SCP.fullmatch(remote)
    if found is not None:
        host, path = found[1], found[2]
    else:
        try:
            parts = urlsplit(remote)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return None
    if host.lower() != (urlsplit(server).hostname or "").lower():
        return None
    try:
        return parse_repository(path.strip("/").removesuffix(".git"))
    except GitHubSettingError:
        return None


@dataclass(frozen=True)
class Pages:
    """The pages of a repository's settings."""

    server: str
    repository: Repository

    @property
    def home(self) -> str:
        """The repository itself."""
        return f"{self.server}/{self.repository}"

    def at(self, path: str) -> str:
        """A page below it."""
        return f"{self.home}/{path}"
