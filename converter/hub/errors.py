"""Errors of the hub room."""
# ruff: noqa: N818  # named after what a caller has to tell apart, which "Error" at the end would only lengthen

from typing import ClassVar

from converter.errors import ConverterError, ExitCode


class HubError(ConverterError):
    """A hub, or a folder on its way to or from one, is not what it has to be."""


class HubAddressError(HubError):
    """The text after `--hub` is not an address that we know."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


class HubUnreachable(HubError):
    """No connection, a timeout, or a server that answers with 5xx or 429 after the client's own retries."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE


class Moved(HubUnreachable):
    """Somebody else changed the branch, the tag or the index first; reading the state again and starting over helps."""


class HubDenied(HubError):
    """The hub knows us and says no, or does not know us (401, 402, 403)."""


class TagConflict(HubError):
    """A tag exists with other content, or a later one exists: a published tag is never moved, so a person decides."""

    exit_code: ClassVar[ExitCode] = ExitCode.PERSON


class ReleaseNotFound(HubError):
    """No release has the name that was asked for."""


class YankedRelease(HubError):
    """The release was withdrawn, and nobody said that it is wanted all the same."""

    exit_code: ClassVar[ExitCode] = ExitCode.PERSON


class LedgerUnreadable(HubError):
    """`ledger.json` is not a ledger, and what was in it cannot be told from anything else."""

    exit_code: ClassVar[ExitCode] = ExitCode.PERSON


class FileMissing(HubError):
    """A revision, or a file of a revision, is not on the hub."""


class FileTooLarge(HubError):
    """A file that is read into memory is larger than such a file ever is."""


class DigestMismatch(HubError):
    """Bytes do not have the digest that the release's checksums give for them."""


class IndexUnreadable(HubError):
    """`index.json` is broken; it can be rebuilt from the tags."""
