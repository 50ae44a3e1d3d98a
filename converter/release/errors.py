"""Errors of the release room."""

from converter.errors import ConverterError


class ReleaseError(ConverterError):
    """A release folder is not what its manifest, its checksums or the contract say."""
