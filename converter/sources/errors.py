"""Errors of the sources room."""

from typing import ClassVar

from converter.errors import ConverterError, ExitCode


class SourceError(ConverterError):
    """A source is not there, or is not allowed."""


class SourceUnreachable(ConverterError):  # noqa: N818  # a state of the world, not a fault of the program
    """The host of a source does not answer: trying again later may help."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE
