"""A file somewhere on the web."""

from converter.progress import Report
from converter.registry import HttpsSource, identity_of
from converter.sources.download import download
from converter.sources.fetched import Fetched
from converter.sources.policy import Downloads
from converter.sources.wanted import Wanted
from converter.sources.web import Address

_LOGIN = "use an address that gives the file itself to anybody"


def fetch_https(source: HttpsSource, downloads: Downloads, sha256: str | None, report: Report) -> Fetched:
    """Download the file at an address.

    Raises:
        SourceError: it is missing, not allowed, or not what is pinned.
        SourceUnreachable: its host does not answer.
    """
    wanted = Wanted(identity_of(source), source.display(), Address(source.url), sha256, _LOGIN)
    return Fetched(download(wanted, downloads, report), source.display(), None)
