"""The one root of our errors, and the exit codes that they end in."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means; scripts and workflows rely on these numbers."""

    DONE = 0
    FAILED = 1
    """An entry or the registry failed."""
    USAGE = 2
    PERSON = 3
    """A person must decide."""
    UNREACHABLE = 4
    """The remote is not reachable: try again."""


class ConverterError(Exception):
    """Root of everything that this program raises on purpose.

    A message says what was found, what was expected, where, and what to do, in that order.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
