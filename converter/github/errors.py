"""Errors of the GitHub room."""
# ruff: noqa: N818  # named after what a caller has to tell apart, which "Error" at the end would only lengthen

from typing import ClassVar

from converter.errors import ConverterError, ExitCode


class GitHubError(ConverterError):
    """GitHub refuses something, or answers something that we do not understand."""


class GitHubSettingError(GitHubError):
    """One of the variables that say how GitHub is reached cannot be what is meant."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


class GitHubUnreachable(GitHubError):
    """No connection, a timeout, 5xx, or a rate limit that ends later than we wait."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE


class GitHubDenied(GitHubError):
    """The token is none, or lacks a permission (401, 403); the message says which."""


class GitHubMissing(GitHubError):
    """What is asked for is not there, or GitHub does not tell who asks (404)."""
