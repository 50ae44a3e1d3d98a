"""Where weights come from, parsed: one frozen type for each kind of place."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit


@dataclass(frozen=True)
class LocalSource:
    """A file or a folder on the machine that converts."""

    path: str
    """As written; `file://` removed and percent-decoded. Relative ones count from the repository's root."""

    def display(self) -> str:
        """The path."""
        return self.path


@dataclass(frozen=True)
class HubSource:
    """A repository of the Hugging Face Hub: `org/repo` or `huggingface://org/repo[@revision]`."""

    repo: str
    revision: str | None
    """Branch, tag or commit as written; `None` for the default branch."""

    def display(self) -> str:
        """`huggingface://org/repo[@revision]`; `parse_source(s.display()) == s`."""
        return f"huggingface://{self.repo}{_at(self.revision)}"

    def at(self, revision: str) -> "HubSource":
        """The same repository at another revision."""
        return HubSource(self.repo, revision)


@dataclass(frozen=True)
class HubFileSource:
    """One file of a Hub repository."""

    repo: str
    revision: str | None
    path: str
    """Inside the repository, `/` between the parts."""

    def display(self) -> str:
        """`huggingface://org/repo[@revision]/path`; `parse_source(s.display()) == s`."""
        return f"huggingface://{self.repo}{_at(self.revision)}/{self.path}"

    def at(self, revision: str) -> "HubFileSource":
        """The same file at another revision."""
        return HubFileSource(self.repo, revision, self.path)


@dataclass(frozen=True)
class CivitaiSource:
    """One version of a model on Civitai."""

    version_id: int
    """The number in the download link, which is not the one in the page's address."""
    query: tuple[tuple[str, str], ...]
    """`type`, `format`, `size`, `fp`: they choose between the files of the version."""

    def display(self) -> str:
        """`civitai://ID`, without the query."""
        return f"civitai://{self.version_id}"


@dataclass(frozen=True)
class HttpsSource:
    """Any other file on the web."""

    url: str
    """As written, so possibly with a secret in its query: print `display()`."""

    def display(self) -> str:
        """The URL without userinfo, query and fragment."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


Source: TypeAlias = LocalSource | HubSource | HubFileSource | CivitaiSource | HttpsSource


def identity_of(source: Source) -> str:
    """What tells two sources apart, fit to be published: `display()`, and a digest in the place of a query."""
    match source:
        case CivitaiSource(query=query) if query:
            return f"{source.display()}?sha256={_digest(repr(sorted(query)))}"
        case HttpsSource(url=url) if "?" in url:
            return f"{source.display()}?sha256={_digest(urlsplit(url).query)}"
        case _:
            return source.display()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _at(revision: str | None) -> str:
    if revision is None:
        return ""
    if revision.isascii() and revision.isalnum():
        return f"@{revision}"  # a commit, as most are
    # Pull request refs are the one form with slashes that the syntax reads; others are percent-encoded.
    return f"@{revision if revision.startswith('refs/') else quote(revision, safe='')}"
