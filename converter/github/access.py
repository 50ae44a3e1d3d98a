"""How GitHub is reached, and which repository is meant."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from converter.github.errors import GitHubSettingError

GITHUB_API = "https://api.github.com"
_OWNER_AND_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/((?!\.{1,2}$)[A-Za-z0-9._-]{1,100})", re.ASCII)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Repository:
    """A repository by its name."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class GitHubAccess:
    """Where the API is, who asks, and how patiently."""

    endpoint: str = GITHUB_API
    """From `parse_endpoint`."""
    token: str | None = field(default=None, repr=False)
    attempts: int = 4
    """How often a request is made that fails in a way that may pass."""
    timeout_s: float = 30.0
    longest_wait_s: float = 120.0
    """A rate limit that ends later is called unreachable."""
    between_writes_s: float = 1.0
    """GitHub asks for this pause:
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    """Seconds since 1970, which is how GitHub says when a limit ends."""

    def __post_init__(self) -> None:
        """Refuse a token that would end its header; http.client's own complaint would show it."""
        if self.token is not None and re.fullmatch(r"[\x21-\x7e]+", self.token) is None:
            raise GitHubSettingError(
                "GITHUB_TOKEN: found white space or other characters that no token has, expected one line of "
                "letters, digits and signs; set it again"
            )


def parse_endpoint(text: str) -> str:
    """The address of an API, without a slash at its end.

    Plain http would show the token to the network, so it is for this machine only.

    Raises:
        GitHubSettingError: it is something else.
    """
    try:
        parts = urlsplit(text)
        allowed = ("https", "http") if parts.hostname in _LOOPBACK else ("https",)
        usable = parts.scheme in allowed and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if (
        not usable
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
        or not (text.isascii() and text.isprintable())
    ):
        raise GitHubSettingError(f"GITHUB_API_URL: found no such address, expected one like {GITHUB_API}; correct it")
    return text.rstrip("/")


def parse_repository(text: str) -> Repository:
    """The repository that `owner/name` means; `parse_repository(str(repository)) == repository`.

    It becomes a part of every path, so nothing else gets through.

    Raises:
        GitHubSettingError: it is something else.
    """
    found = _OWNER_AND_NAME.fullmatch(text)
    if found is None:
        raise GitHubSettingError(f"GITHUB_REPOSITORY: found {text[:200]!r}, expected OWNER/NAME; correct it")
    return Repository(found[1], found[2])
