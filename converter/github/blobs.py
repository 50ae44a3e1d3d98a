"""What GitHub keeps somewhere else: read without the token, from an address that is a secret for some minutes."""

from urllib.parse import urlsplit
from urllib.request import Request

from converter.github.access import GitHubAccess
from converter.github.answers import Asked, Reply, TryAgain
from converter.github.errors import GitHubError
from converter.github.exchange import Exchange
from converter.github.patience import patiently
from converter.registry import printable


def read_blob(url: str, what: str, access: GitHubAccess, most_bytes: int) -> bytes:
    """The bytes at an address that GitHub gave.

    Args:
        url: it; whoever has it may read, so messages have its host only.
        what: what is being done, for messages.
        access: its token is not sent: the host is another one.
        most_bytes: more than these are refused.

    Raises:
        GitHubUnreachable: the host does not answer.
        GitHubError: it refuses, says more than `most_bytes`, or cannot be asked without everybody listening.
    """
    host, asked = _host(url, what, access), Asked(what, "none", token=None)
    exchange = Exchange(access.timeout_s)
    request = Request(url, headers={"User-Agent": "onnx-registry"})  # noqa: S310  # https, or the API's own address

    def once() -> bytes | TryAgain:
        reply = exchange.once(request, asked, most_bytes)
        return reply if isinstance(reply, TryAgain) else _content(reply, host, asked)

    return patiently(once, asked, access)


def _host(url: str, what: str, access: GitHubAccess) -> str:
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.port != 0
    except ValueError:
        host, usable = "", False
    is_private = usable and (parts.scheme == "https" or parts[:2] == urlsplit(access.endpoint)[:2])
    if not host or not is_private or "@" in parts.netloc or not url.isascii() or not url.isprintable() or " " in url:
        raise GitHubError(
            f"GitHub: {what}: found an address at {printable(host[:200]) or 'no host'} that is none of https, "
            "expected https://; check GITHUB_API_URL"
        )
    return host


def _content(reply: Reply, host: str, asked: Asked) -> bytes | TryAgain:
    if reply.status == 200:
        return reply.data
    if reply.status in (408, 429) or reply.status >= 500:
        return TryAgain(f"{host} answered {reply.status}", None, may_be_done=False)
    raise GitHubError(
        f"GitHub: {asked.what}: found status {reply.status} at {host}, expected the content; its address is good for "
        "some minutes only: run it again"
    )
