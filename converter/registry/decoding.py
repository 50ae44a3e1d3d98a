"""The bytes of a registry file, made text; only UTF-8 without a byte order mark is a registry."""

import codecs

from converter.registry.errors import RegistryError
from converter.registry.findings import Finding, Severity
from converter.registry.quoting import quoted

SIZE_LIMIT_BYTES = 16 << 20
"""A pull request may bring any file; 10,000 entries take about 3 MiB."""


def decode_registry(data: bytes, file: str) -> str:
    """The text of `data`.

    The `json` module would also take UTF-16 and UTF-32 bytes, and other readers of the same file would not.

    Raises:
        RegistryError: too large, a byte order mark, or not UTF-8; with one finding.
    """
    complaint = _size_complaint(data) or _mark_complaint(data)
    if complaint:
        raise _error(file, 1, 1, complaint)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        found = f"found the byte 0x{data[error.start]:02x}, which is not UTF-8; save the file as UTF-8"
        raise _error(file, line, column, found) from error


def _size_complaint(data: bytes) -> str | None:
    if len(data) <= SIZE_LIMIT_BYTES:
        return None
    return f"the file has {len(data):,} bytes, at most {SIZE_LIMIT_BYTES:,} are read; split the registry"


def _mark_complaint(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8):
        return "the file begins with a byte order mark, which JSON does not allow; save it as UTF-8 without one"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        return f"the file begins with {quoted(data[:4].hex(' '))}, which is UTF-16 or UTF-32; save it as UTF-8"
    return None


def _error(file: str, line: int, column: int, message: str) -> RegistryError:
    return RegistryError.of(file, (Finding(Severity.ERROR, file, line, column, "$", message),))
