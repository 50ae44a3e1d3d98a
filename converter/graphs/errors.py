"""Errors of the graphs room."""

from converter.errors import ConverterError


class GraphError(ConverterError):
    """A component cannot be traced, or weights do not fit the parameters of its template."""
