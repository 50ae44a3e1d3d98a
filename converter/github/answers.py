"""What an answer of GitHub means: its content, a reason to ask again, or an error."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message

from converter.canonical import JsonValue
from converter.github.errors import GitHubDenied, GitHubError, GitHubMissing, GitHubUnreachable
from converter.registry import printable

_MOST_SHOWN = 200
_UNSAID_WAIT_S = 60.0
"""For a limit that does not say when it ends:
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit"""
_PERMISSIONS = re.compile(r"[a-z_]+=[a-z]+(?:[,;] ?[a-z_]+=[a-z]+)*", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A request, in the words of its errors."""

    what: str
    """What was tried: `listing the issues of org/zoo`."""
    permission: str
    """What a token must be allowed to, in the words of GitHub's settings: `Issues: write`."""
    token: str | None
    """Is taken out of what the server says."""


@dataclass(frozen=True)
class Reply:
    """An answer, whatever its status."""

    status: int
    headers: Message
    data: bytes

    @property
    def said(self) -> str:
        """GitHub's own words, if there are any."""
        try:
            value = json.loads(self.data)
        except (ValueError, RecursionError):
            return ""
        words = value.get("message") if isinstance(value, Mapping) else None
        return printable(words[:_MOST_SHOWN]) if isinstance(words, str) else ""


@dataclass(frozen=True)
class TryAgain:
    """A failure that may pass."""

    reason: str
    wait_s: float | None
    """What the server asks for; `None` leaves it to us."""
    may_be_done: bool
    """Whether the request may have been carried out all the same."""


def judged(reply: Reply, asked: Asked, now_s: float) -> Reply | TryAgain:
    """The answer if it is one, or why to ask again.

    Raises:
        GitHubDenied: 401 or 403.
        GitHubMissing: 404 or 410.
        GitHubError: anything else that another attempt will not change.
    """
    if 200 <= reply.status < 300:
        return reply
    if _is_limit(reply):
        return _limited(reply, asked, now_s)
    found = f"GitHub: {asked.what}: found status {reply.status}{_said(reply, asked)}"
    match reply.status:
        case 401:
            raise GitHubDenied(f"{found}, expected to be let in; {_login(asked)}")
        case 403:
            raise GitHubDenied(f"{found}, expected to be allowed to; {_permission(reply, asked)}")
        case 404 | 410:
            raise GitHubMissing(f"{found}, expected it to be there; check the name, or {_permission(reply, asked)}")
        case 301 | 302 | 307 | 308:
            raise GitHubError(
                f"{found}: the repository has another name now; set GITHUB_REPOSITORY or `git remote set-url origin`"
            )
        case _ if reply.status >= 500 or reply.status == 408:
            return TryAgain(f"the server answered {reply.status}", _retry_after(reply), may_be_done=True)
    raise GitHubError(f"{found}, expected it to be accepted; this is not for a second try")


def with_content(reply: Reply | TryAgain) -> tuple[JsonValue, Message] | TryAgain:
    """The JSON of an answer (none is null) and its headers, or that it broke off."""
    if isinstance(reply, TryAgain):
        return reply
    try:
        return (json.loads(reply.data) if reply.data else None), reply.headers
    except (ValueError, RecursionError):
        return TryAgain("the answer is no JSON or breaks off", None, may_be_done=True)


def unreachable(reason: str, asked: Asked) -> GitHubUnreachable:
    """The error of who has tried often enough."""
    return GitHubUnreachable(f"GitHub: {asked.what}: {reason}; try again later")


def _is_limit(reply: Reply) -> bool:
    """GitHub answers 429 and also 403, of which only the first kind is always a limit."""
    if reply.status == 429:
        return True
    spent = reply.headers.get("x-ratelimit-remaining") == "0"
    return reply.status == 403 and (spent or "retry-after" in reply.headers or "rate limit" in reply.said.lower())


def _limited(reply: Reply, asked: Asked, now_s: float) -> TryAgain:
    wait_s = _retry_after(reply)
    if wait_s is None and reply.headers.get("x-ratelimit-remaining") == "0":
        reset = reply.headers.get("x-ratelimit-reset", "")
        wait_s = max(0.0, float(reset) - now_s) + 1 if re.fullmatch("[0-9]{1,12}", reset) else None
    wait_s = _UNSAID_WAIT_S if wait_s is None else wait_s
    # Told as a time of day: whoever reads it in a log reads it later.
    until = datetime.fromtimestamp(min(now_s + wait_s, 4e9), UTC).strftime("%H:%M:%S UTC")
    more = "" if asked.token else ", or set GITHUB_TOKEN, which may ask more often"
    return TryAgain(f"the rate limit is used up until {until}{more}", wait_s, may_be_done=False)


def _retry_after(reply: Reply) -> float | None:
    text = reply.headers.get("retry-after", "")
    return float(text) if re.fullmatch("[0-9]{1,9}", text) else None


def _said(reply: Reply, asked: Asked) -> str:
    said = reply.said
    return f" ({said!r})" if said and not (asked.token and asked.token in said) else ""


def _login(asked: Asked) -> str:
    if asked.token is None:
        return f"set GITHUB_TOKEN to a token with the permission `{asked.permission}`"
    return "GITHUB_TOKEN is not valid (any more): make another one"


def _permission(reply: Reply, asked: Asked) -> str:
    """The permission that is missing; for fine-grained tokens GitHub names it itself."""
    named = reply.headers.get("x-accepted-github-permissions", "")
    wanted = named if _PERMISSIONS.fullmatch(named) and len(named) <= _MOST_SHOWN else asked.permission
    verb = "give GITHUB_TOKEN" if asked.token else "set GITHUB_TOKEN to a token with"
    return f"{verb} the permission `{wanted}`"
