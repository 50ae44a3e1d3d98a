"""Fixtures: a loopback GitHub, and clients of it whose waits are noted and not waited."""

from collections.abc import Iterator

import pytest

from converter.github import GitHub, GitHubAccess, parse_repository
from tests.support.loopback_github import BOT_TOKEN, REPOSITORY, LoopbackGitHub

NOW_S = 1_800_000_000.0
"""What the clock of these clients says."""


class Clients:
    """Makes clients; `waits` has the seconds that they would have waited."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.waits: list[float] = []

    def of(self, token: str | None = BOT_TOKEN) -> GitHub:
        """A client that has this token."""
        access = GitHubAccess(
            self._endpoint, token, timeout_s=5, between_writes_s=0.5, sleep=self.waits.append, now=lambda: NOW_S
        )
        return GitHub(parse_repository(REPOSITORY), access)


@pytest.fixture
def loopback_github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as github:
        yield github


@pytest.fixture
def clients(loopback_github: LoopbackGitHub) -> Clients:
    return Clients(loopback_github.endpoint)
