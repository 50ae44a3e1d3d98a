"""Errors of the sources room."""

from typing import ClassVar

from converter.errors import ConverterError, ExitCode


class SourceError(ConverterError):
    """A source is not there, or is not allowed."""


class SourceUnreachable(ConverterError):  # noqa: N818  # a state of the world, not a fault of the program
    """The host of a source does not answer: trying again later may help."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE


class TryAgain(Exception):  # noqa: N818  # as above
    """An attempt to download failed in a way that another one may not; never leaves this room."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        """`wait_s` is what the server asked for; `None` leaves it to the caller."""
        super().__init__(reason)
        self.wait_s = wait_s
