"""One GET request over https, whose redirects are checked one by one.

The standard library's client and not httpx2, which huggingface_hub brings: here `connect` is ours, so that the address
that was checked is the address that is dialled, and each redirect comes back to us before anything is sent there.
"""

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit

from converter.sources.addresses import dial
from converter.sources.errors import SourceError, TryAgain
from converter.sources.policy import SourcePolicy

MOST_REDIRECTS = 10
_CHUNK_BYTES = 1 << 18  # what a killed process loses at most, and few enough calls for 4 GB
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SHORTEST_SECRET = 8
_SAFE = "%/:=&?~+!$,;'@()*[]-._"
_HEADERS = {"User-Agent": "onnx-registry", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}


@dataclass(frozen=True)
class Address:
    """Where a file is, and what its host alone may know."""

    url: str = field(repr=False)
    """Possibly with a query that is nobody's business."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers for the host of `url`; a redirect to another host leaves them behind."""

    def is_secret_in(self, text: str) -> bool:
        """Whether `text` repeats a token or a value of the query."""
        tokens = [value.rpartition(" ")[2] for value in self.secrets.values()]
        values = [value for _, value in parse_qsl(urlsplit(self.url).query) if len(value) >= _SHORTEST_SECRET]
        return any(secret in text for secret in (*tokens, *values))


class _Plain(http.client.HTTPConnection):
    """A connection to a checked address."""

    def __init__(self, host: str, port: int, policy: SourcePolicy) -> None:
        super().__init__(host, port, timeout=policy.timeout_s)
        self._policy = policy

    def connect(self) -> None:
        self.sock = dial(self.host, self.port, self._policy)


class _Secure(http.client.HTTPSConnection):
    """The same over TLS; the certificate must be for the name, whatever the address."""

    def __init__(self, host: str, port: int, policy: SourcePolicy) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=policy.timeout_s, context=self._tls)
        self._policy = policy

    def connect(self) -> None:
        plain = dial(self.host, self.port, self._policy)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


@contextmanager
def opened(
    address: Address, headers: Mapping[str, str], policy: SourcePolicy
) -> Iterator[tuple[http.client.HTTPResponse, str]]:
    """The answer at the end of all redirects, not read yet, and the path that it came from.

    Raises:
        SourceError: a redirect leads where it must not, there are too many, or a certificate is not valid.
        TryAgain: a host does not answer.
    """
    parts, secrets = _checked(address.url, policy), address.secrets
    for _ in range(MOST_REDIRECTS + 1):
        with closing(_connection(parts, policy)) as connection:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            with _asked(connection, target, {**_HEADERS, **headers, **secrets}) as response:
                location = response.getheader("Location") if response.status in _REDIRECTS else None
                if location is None:
                    yield response, parts.path
                    return
        following = _checked(_joined(parts.geturl(), location), policy)
        if _origin(following) != _origin(parts):
            secrets = {}  # a token is for one host: another one could be anybody's
        parts = following
    raise SourceError(f"it was redirected more than {MOST_REDIRECTS} times, expected a file; check the address")


def chunk_of(response: http.client.HTTPResponse) -> bytes:
    """The next bytes of an answer; none at its end.

    Raises:
        TryAgain: the connection broke.
    """
    try:
        return response.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _silent(error) from None


def _asked(connection: http.client.HTTPConnection, target: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    try:
        connection.request("GET", target, headers=headers)
        return connection.getresponse()
    except ssl.SSLCertVerificationError as error:
        raise SourceError(
            f"the certificate of {connection.host} is not valid ({error.verify_message}), expected one for its name; "
            "check the address"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise _silent(error) from None


def _silent(error: Exception) -> TryAgain:
    return TryAgain(f"its host does not answer ({type(error).__name__})")


def _connection(parts: SplitResult, policy: SourcePolicy) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return _Secure(host, parts.port or 443, policy)
    return _Plain(host, parts.port or 80, policy)


def _checked(url: str, policy: SourcePolicy) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        raise SourceError("it was redirected to something that is no address, expected https://host/file") from None
    if parts.scheme not in (("https", "http") if policy.allow_http else ("https",)):
        # file: would read the runner's disk, http: lets anybody on the way change the weights.
        raise SourceError(
            f"it leads to {parts.scheme}:, expected https: all the way; use an address that stays with https"
        )
    if not usable:
        raise SourceError("it was redirected to an address without a host or with a user in it, expected https://host/")
    return parts


def _joined(url: str, location: str) -> str:
    """Where a redirect leads. Header bytes are no more than Latin-1 to Python, and addresses are ASCII."""
    try:
        return urljoin(url, quote(location.encode("latin-1"), safe=_SAFE))
    except ValueError:
        raise SourceError("it was redirected to something that is no address, expected https://host/file") from None


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port
