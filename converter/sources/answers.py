"""What a server's answer to a request for a file means."""

import http.client
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from converter.sources.errors import SourceError, TryAgain
from converter.sources.file_version import FileVersion
from converter.sources.wanted import Wanted

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_PAGES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml"})
_JSON = frozenset({"application/json", "application/problem+json", "text/json"})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})")
_MOST_JSON_BYTES = 64 << 10
_MOST_SHOWN = 200


@dataclass(frozen=True)
class Whole:
    """The file from its first byte."""

    version: FileVersion
    total_bytes: int | None
    """`None` when the server does not say."""
    framed: bool
    """Whether its end can be told from a broken connection."""


@dataclass(frozen=True)
class Rest:
    """A stretch of the file: from `start` to its end, if no end was asked for."""

    version: FileVersion
    start: int
    stop: int
    """The byte after its last."""
    total_bytes: int | None


@dataclass(frozen=True)
class NothingMore:
    """There is nothing after what was asked for."""

    total_bytes: int | None


@dataclass(frozen=True)
class Unchanged:
    """It is still the version that was named in the request."""


Answer: TypeAlias = Whole | Rest | NothingMore | Unchanged


def answer_of(response: http.client.HTTPResponse, wanted: Wanted, final_path: str) -> Answer:
    """Read the status and the headers.

    Args:
        response: not read yet.
        wanted: what was asked for.
        final_path: where redirects ended.

    Raises:
        SourceError: it is not a file and will not be one.
        TryAgain: it may be one later.
    """
    status = response.status
    if status in _TRANSIENT:
        raise TryAgain(f"the server answered {status}", _retry_after(response))
    match status:
        case 304:
            return Unchanged()
        case 416:
            found = _UNSATISFIED.fullmatch(response.getheader("Content-Range") or "")
            return NothingMore(int(found[1]) if found else None)
        case 200 | 206:
            _require_file(response, wanted, final_path)
            return _whole(response) if status == 200 else _rest(response)
        case _:
            said, advice = _said(response, wanted), _advice(status, wanted.login)
            raise SourceError(f"the server answered {status}{said}, expected a file; {advice}")


def says_which_bytes(response: http.client.HTTPResponse) -> bool:
    """Whether an answer of 206 says which stretch of the file it is."""
    return _content_range(response) is not None


def refuse_text(beginning: bytes, login: str) -> None:
    """Refuse what begins like a text and not like a model: pages are also sent under the types of files.

    Raises:
        SourceError: it is a page, JSON, or the pointer that stands for a large file in git.
    """
    # Each format of weights has a zero or another control byte among its first eight, texts have none.
    if any(byte < 9 or byte > 126 for byte in beginning[:8]):
        return
    start = beginning.lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--")):
        raise SourceError(f"found an HTML page, expected a model; {login}")
    if start.startswith((b"{", b"[")):
        raise SourceError(f"found JSON, expected a model; {login}")
    if start.startswith(b"version https://git-lfs"):
        raise SourceError("found a Git LFS pointer, expected a model; use the address that downloads the file itself")


def _require_file(response: http.client.HTTPResponse, wanted: Wanted, final_path: str) -> None:
    kind = response.headers.get_content_type()
    if kind in _PAGES or "/login" in final_path.lower():
        what = "a login page" if "/login" in final_path.lower() else "an HTML or XML page"
        raise SourceError(f"found {what}, expected a model; {wanted.login}")
    if kind in _JSON:
        raise SourceError(f"found JSON{_said(response, wanted)}, expected a model; {wanted.login}")
    if (coding := response.getheader("Content-Encoding", "identity")) != "identity":
        raise SourceError(f"the server sends the file {coding!r}-encoded, expected it as it is; use another address")


def _whole(response: http.client.HTTPResponse) -> Whole:
    total, chunked = response.length, bool(getattr(response, "chunked", False))
    return Whole(FileVersion.of(response), total, framed=chunked or total is not None)


def _rest(response: http.client.HTTPResponse) -> Rest:
    found = _content_range(response)
    if found is None:
        raise TryAgain("the server answered 206 without saying which bytes it sends")
    return Rest(FileVersion.of(response), int(found[1]), int(found[2]) + 1, None if found[3] == "*" else int(found[3]))


def _content_range(response: http.client.HTTPResponse) -> re.Match[str] | None:
    return _CONTENT_RANGE.fullmatch(response.getheader("Content-Range") or "")


def _advice(status: int, login: str) -> str:
    if status in (401, 403):
        return login
    if status in (404, 410):
        return "it is not there (any more): check the address"
    return "check the address"


def _said(response: http.client.HTTPResponse, wanted: Wanted) -> str:
    """The server's own words, if it answered with JSON that has some; cut, and nothing that does not print."""
    if response.headers.get_content_type() not in _JSON:
        return ""
    try:
        raw = json.loads(response.read(_MOST_JSON_BYTES))
        words = raw.get("message") or raw.get("error")
    except (OSError, http.client.HTTPException, ValueError, AttributeError, RecursionError):
        return ""  # the status says enough
    if not isinstance(words, str) or wanted.address.is_secret_in(words) or "://" in words:
        return ""  # servers repeat what they were sent, and links of theirs may be signed
    return f" ({''.join(c for c in words if c.isprintable())[:_MOST_SHOWN]!r})"


def _retry_after(response: http.client.HTTPResponse) -> float | None:
    """Seconds to wait, from either form of the header: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after."""
    text = (response.getheader("Retry-After") or "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
