"""The text of a source, parsed: the one place that knows how sources are written."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from converter.registry.errors import SourceSyntaxError
from converter.registry.hub_syntax import HOSTS, is_repo_id, parse_hub_address, parse_huggingface
from converter.registry.nearest import did_you_mean
from converter.registry.quoting import quoted
from converter.registry.sources import CivitaiSource, HttpsSource, HubSource, LocalSource, Source

SCHEMES = ("huggingface", "civitai", "https", "file")
WEIGHT_EXTENSIONS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".onnx", ".zip")
"""A bare `a/b` that ends in one of these is a file, not a Hub repository."""

_LIMIT = 2048
_HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(//)?", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:")
_URL_CHARACTERS = re.compile(r"[!-~]+")
_SECRET_KEYS = frozenset(
    {"token", "api_key", "apikey", "access_token", "password", "signature", "sig", "x-amz-signature"}
)


@lru_cache(maxsize=64)  # each is looked at for its form, for contradictions and to be built, one after the other
def parse_source(text: str) -> Source:
    """What `text` names: a scheme, a bare Hub id `org/repo`, or else a local path.

    Bare text is a path when it begins with `/` or `.`, ends like a weight file, or has not exactly one slash.

    Raises:
        SourceSyntaxError: it is written in a way that means nothing; the message shows no query and no userinfo.
    """
    _refuse_unprintable(text)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _bare(text)
    name, rest = scheme.group(1), text[scheme.end() :]
    if name not in SCHEMES or scheme.group(2) is None:
        raise SourceSyntaxError(_scheme_complaint(text, name))
    match name:
        case "huggingface":
            return parse_huggingface(rest)
        case "civitai":
            return _civitai(rest)
        case "https":
            return _https(text)
        case _:
            return _file(rest)


def without_secrets(text: str) -> str:
    """A source as written, fit for a message: without userinfo, query and fragment."""
    shown = re.split("[?#]", text, maxsplit=1)[0]
    return shown if shown.startswith("huggingface:") else re.sub("^([A-Za-z][A-Za-z0-9+.-]*:(//)?).*@", r"\1", shown)


def _refuse_unprintable(text: str) -> None:
    # Nothing that is hidden is printable, and of that Python knows a text at once.
    if not text.isprintable() and (hidden := _HIDDEN.search(text)):
        raise SourceSyntaxError(f"found the character U+{ord(hidden.group()):04X} in a source; remove it")
    if not text or text != text.strip():
        raise SourceSyntaxError("found a source that is empty, or begins or ends with a space; remove the space")
    if len(text) > _LIMIT:
        raise SourceSyntaxError(f"found a source of {len(text)} characters, expected at most {_LIMIT}; shorten it")


def _scheme_complaint(text: str, name: str) -> str:
    shown = quoted(without_secrets(text))
    if name.lower() == "http":
        return f"found {shown}, where anybody on the way could change the weights; write https://"
    if name.lower() in SCHEMES:
        return f"found {shown}, expected {name.lower()}:// in small letters with two slashes; write it so"
    known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
    return f"found the unknown scheme {quoted(name + ':')}, expected {known}, org/repo or a path{_scheme_guess(name)}"


def _scheme_guess(name: str) -> str:
    return "; did you mean 'huggingface'?" if name.lower() in ("hf", "hub") else did_you_mean(name, SCHEMES)


def _bare(text: str) -> LocalSource | HubSource:
    if text.startswith((".", "/", "~")) or text.lower().endswith(WEIGHT_EXTENSIONS):
        return _local(text)
    if is_repo_id(text):
        return HubSource(text, None)
    if is_repo_id(text.partition("@")[0]):
        shown = quoted(text)
        raise SourceSyntaxError(
            f"found {shown}, which may be a Hub id or a path; write huggingface://{text} or ./{text}"
        )
    return _local(text)


def _local(path: str) -> LocalSource:
    if _DRIVE.match(path) or "\\" in path:
        shown = quoted(without_secrets(path))
        raise SourceSyntaxError(f"found the Windows path {shown}; write it relative to the repository, with '/' in it")
    if path.startswith("~"):
        raise SourceSyntaxError(
            f"found the path {quoted(path)}, '~' is another folder on each machine; write it in full"
        )
    if "?" in path:
        shown = quoted(without_secrets(path))
        raise SourceSyntaxError(
            f"found {shown} followed by a query, expected a path; if it is an address, write https://"
        )
    return LocalSource(path)


def _file(rest: str) -> LocalSource:
    try:
        path = unquote(rest, errors="strict").removeprefix("localhost")
    except UnicodeDecodeError as error:
        raise SourceSyntaxError(f"found {quoted(rest)} after file://, which is not percent-encoded UTF-8") from error
    _refuse_unprintable(path)
    if _DRIVE.match(path.lstrip("/")):
        raise SourceSyntaxError(f"found the Windows path {quoted(path)}; write it relative to the repository")
    if not path.startswith(("/", "./", "../")):
        host = quoted(path.partition("/")[0])
        raise SourceSyntaxError(
            f"found the host {host} after file://, expected a path; write file:///absolute or ./relative"
        )
    return _local(path)


def _civitai(rest: str) -> CivitaiSource:
    number, _, query = rest.partition("?")
    if not re.fullmatch("[1-9][0-9]{0,11}", number):
        shown = quoted(without_secrets(rest))
        raise SourceSyntaxError(
            f"found {shown} after civitai://, expected the number in the model's download link; write civitai://6266"
        )
    try:
        pairs = tuple(parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")) if query else ()
    except ValueError as error:
        raise SourceSyntaxError(f"the query of civitai://{number} is not key=value&key=value; correct it") from error
    _refuse_secrets(f"civitai://{number}", [key for key, _ in pairs])
    return CivitaiSource(int(number), pairs)


def _https(text: str) -> HttpsSource | Source:
    shown = quoted(without_secrets(text))
    try:
        parts = urlsplit(text)
        valid = bool(parts.hostname) and parts.port != 0 and bool(_URL_CHARACTERS.fullmatch(text))
    except ValueError as error:
        raise SourceSyntaxError(f"found {shown}, expected https://host/file; correct the address") from error
    if not valid:
        raise SourceSyntaxError(f"found {shown}, expected https://host/file in ASCII; percent-encode the rest")
    if "@" in parts.netloc:
        raise SourceSyntaxError(f"found a user or a password before the host in {shown}; secrets do not belong here")
    if parts.fragment:
        raise SourceSyntaxError(
            f"found a fragment (#...) after {shown}, expected none; use the key `sha256` for digests"
        )
    if parts.hostname in HOSTS:
        return parse_hub_address(parts.path)
    _refuse_secrets(shown, [key for key, _ in parse_qsl(parts.query)])
    return HttpsSource(text)


def _refuse_secrets(shown: str, keys: list[str]) -> None:
    # A registry is public and its manifest is published: a token in it belongs to everybody.
    if secret := next((key for key in keys if key.lower() in _SECRET_KEYS), None):
        raise SourceSyntaxError(f"found {quoted(secret)} in the query of {shown}, which is a secret; remove it")
