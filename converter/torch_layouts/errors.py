"""Errors of this room."""

from converter.errors import ConverterError


class LayoutError(ConverterError):
    """A model cannot be said in the layout that is asked for."""
