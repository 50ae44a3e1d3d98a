"""The fixtures that tests of GitHub share."""

from tests.support.fixtures_github import clients, loopback_github

__all__ = ["clients", "loopback_github"]
