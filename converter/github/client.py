"""Requests to GitHub's REST API, one at a time: patient, bounded, and with the token to one host only."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

from converter.canonical import JsonObject, JsonValue
from converter.github.access import GitHubAccess, Repository
from converter.github.answers import Asked, TryAgain, judged, with_content
from converter.github.blobs import read_blob
from converter.github.errors import GitHubError
from converter.github.exchange import Exchange
from converter.github.patience import patiently

MOST_BYTES = 32 << 20
"""More than a page of 100 issues with the longest bodies."""
MOST_PAGES = 100
_PAGE = {"per_page": "100"}
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="next"')
_VERSION = "2022-11-28"


@dataclass(frozen=True)
class _Call:
    method: str
    url: str
    body: bytes | None
    asked: Asked

    @property
    def is_repeatable(self) -> bool:
        """Whether twice is the same as once: a second POST would open a second issue."""
        return self.method != "POST"


class GitHub:
    """A repository by way of the API. Mutable only in that it knows whether it has written before."""

    def __init__(self, repository: Repository, access: GitHubAccess) -> None:
        """Nothing is asked yet."""
        self._repository, self._access = repository, access
        self._exchange = Exchange(access.timeout_s)
        self._has_written = False

    @property
    def repository(self) -> Repository:
        return self._repository

    def get(self, path: str, what: str, permission: str) -> JsonValue:
        """The JSON at a path.

        Args:
            path: `/user`, or with `~` for the repository: `~/issues/1`.
            what: what is being done, for messages: `reading an issue`.
            permission: what a token needs, for messages: `Issues: read`.

        Raises:
            GitHubError: it is not to be had; its class says why.
        """
        return self._value(self._call("GET", self._url(path), None, what, permission))

    def pages(self, path: str, query: Mapping[str, str], what: str, permission: str) -> Iterator[JsonValue]:
        """The JSON of each page of a listing.

        Raises:
            GitHubError: as `get`; or the listing leads to another host, or has no end.
        """
        url: str | None = f"{self._url(path)}?{urlencode({**_PAGE, **query})}"
        for _ in range(MOST_PAGES):
            if url is None:
                return
            call = self._call("GET", url, None, what, permission)
            value, headers = self._answer(call)
            yield value
            url = self._next(headers, call)
        if url is not None:
            raise GitHubError(
                f"GitHub: {self._what(what)}: found more than {MOST_PAGES} pages, expected an end; close old ones"
            )

    def write(self, method: str, path: str, body: JsonObject, what: str, permission: str) -> JsonValue:
        """Send JSON; the answer's JSON. A POST that may have been carried out is not sent again.

        Raises:
            GitHubError: as `get`.
        """
        if self._has_written:
            self._access.sleep(self._access.between_writes_s)
        self._has_written = True
        data = json.dumps(body, allow_nan=False).encode()
        return self._value(self._call(method, self._url(path), data, what, permission))

    def blob(self, url: str, what: str, most_bytes: int) -> bytes:
        """The bytes at an address elsewhere that GitHub gave; the token is not sent.

        Raises:
            GitHubError: as `read_blob`.
        """
        return read_blob(url, self._what(what), self._access, most_bytes)

    def _value(self, call: _Call) -> JsonValue:
        return self._answer(call)[0]

    def _answer(self, call: _Call) -> tuple[JsonValue, Message]:
        return patiently(lambda: self._once(call), call.asked, self._access, is_repeatable=call.is_repeatable)

    def _once(self, call: _Call) -> tuple[JsonValue, Message] | TryAgain:
        headers = {
            "Accept": "application/vnd.github+json",
            "User-Agent": "onnx-registry",
            "X-GitHub-Api-Version": _VERSION,
            **({"Content-Type": "application/json"} if call.body is not None else {}),
            **({"Authorization": f"Bearer {self._access.token}"} if self._access.token else {}),
        }
        request = Request(call.url, call.body, headers, method=call.method)  # noqa: S310  # a checked http(s) address
        reply = self._exchange.once(request, call.asked, MOST_BYTES)
        return reply if isinstance(reply, TryAgain) else with_content(judged(reply, call.asked, self._access.now()))

    def _next(self, headers: Message, call: _Call) -> str | None:
        """Where the listing goes on; another host would be told the token."""
        found = _NEXT.search(headers.get("link", ""))
        if found is None:
            return None
        try:
            is_here = urlsplit(found[1])[:2] == urlsplit(self._access.endpoint)[:2]
        except ValueError:
            is_here = False
        if not is_here or not found[1].isascii() or not found[1].isprintable():
            raise GitHubError(
                f"GitHub: {call.asked.what}: found a next page at another host, expected {self._access.endpoint}; "
                "check GITHUB_API_URL"
            )
        return found[1]

    def _call(self, method: str, url: str, body: bytes | None, what: str, permission: str) -> _Call:
        return _Call(method, url, body, Asked(self._what(what), permission, self._access.token))

    def _what(self, what: str) -> str:
        return f"{self._repository}: {what}"

    def _url(self, path: str) -> str:
        whole = f"/repos/{self._repository}{path[1:]}" if path.startswith("~") else path
        return f"{self._access.endpoint}{whole}"
