"""A file somewhere on the web."""

from converter.registry import HttpsSource, identity_of
from converter.sources.wanted import Wanted
from converter.sources.web import Address

_LOGIN = "use an address that gives the file itself to anybody"


def https_file(source: HttpsSource, sha256: str | None) -> Wanted:
    """The file at an address."""
    return Wanted(identity_of(source), source.display(), Address(source.url), sha256, _LOGIN)
