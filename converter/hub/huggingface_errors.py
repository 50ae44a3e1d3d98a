"""What the Hugging Face client raises, in our words; no token and no query of a URL gets through."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from converter.hub.errors import FileMissing, HubDenied, HubError, HubUnreachable, Moved

_SECRET = re.compile(r"hf_[\w.-]+|Bearer \S+|(?<=://)[^/@\s]+@|\?\S+")
_LOGIN = "set HF_TOKEN to a token that may write to this repository, or check the repository's name"


@contextmanager
def translated_client_errors(where: str, what: str) -> Iterator[None]:
    """Turn the client's errors inside into ours.

    Args:
        where: the hub, `hf:org/zoo`.
        what: what is being tried: `listing the tags`.

    Raises:
        HubUnreachable: no connection, a timeout, 408, 429 or 5xx, or a transfer that broke off.
        Moved: 409 or 412.
        HubDenied: 401, 402, 403, or no login to be had.
        FileMissing: 404.
        HubError: anything else that the client raises on purpose.
    """
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        ours = _ours(error, f"{where}: {what}")
        if ours is None:
            raise
        raise ours from error
    except Exception as error:
        # Some of the client's errors share no root but Exception; a defect of ours must still look like one.
        if not _is_of_client(error):
            raise
        raise (_ours(error, f"{where}: {what}") or HubError(f"{where}: {what} failed ({_clean(error)})")) from error


def _ours(error: Exception, where: str) -> HubError | None:
    """The translation; `None` for what is the disk's matter."""
    import httpx2  # what huggingface_hub makes its requests with, and whose errors it lets through
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, OIDCError

    for cause in _causes(error):
        if isinstance(cause, HfHubHTTPError):
            return _of_status(cause.response.status_code, cause.server_message or "no reason given", where)
        if isinstance(cause, OIDCError) or type(cause).__name__ == "XetAuthenticationError":
            return HubDenied(f"{where} failed: {_clean(cause)}; {_LOGIN}")
        if isinstance(cause, httpx2.TransportError | ConnectionError | TimeoutError | OfflineModeIsEnabled):
            return HubUnreachable(f"{where}: no answer ({_clean(cause)}); check the network and try again")
    if isinstance(error, OSError) and error.errno is not None:
        return None
    if isinstance(error, OSError | RuntimeError):
        return HubUnreachable(
            f"{where}: the transfer broke off ({_clean(error)}); run it again, which goes on from there"
        )
    return HubError(f"{where}: the hub refuses it ({_clean(error)})")


def _of_status(status: int, said: str, where: str) -> HubError:
    found = f"{where}: the hub answered {status} ({_clean(said)})"
    match status:
        case 401 | 402 | 403:
            return HubDenied(f"{found}; {_LOGIN}")
        case 404:
            return FileMissing(f"{found}; check the name of the repository and of the release")
        case 409 | 412:
            return Moved(f"{found}: somebody else changed it first; run it again")
        case 408 | 429:
            return HubUnreachable(f"{found}; try again later")
        case _ if status >= 500:
            return HubUnreachable(f"{found}; try again later")
    return HubError(f"{found}; this is not for a second try")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised for: the client wraps a failed upload twice."""
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _is_of_client(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {"huggingface_hub", "hf_xet", "httpx2", "httpcore2"}


def _clean(text: object) -> str:
    """One short line without secrets."""
    return _SECRET.sub("***", " ".join(str(text).split()))[:300] or type(text).__name__
