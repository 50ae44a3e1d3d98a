"""Errors of the parity room."""

from converter.errors import ConverterError


class ParityError(ConverterError):
    """A converted component does not compute what the original computes."""
