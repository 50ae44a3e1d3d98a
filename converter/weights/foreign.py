"""What a file is that is no safetensors file, told from its first bytes."""

from collections.abc import Callable
from dataclasses import dataclass

START_BYTES = 512
"""How much of a file's start is looked at."""


@dataclass(frozen=True)
class _Kind:
    matches: Callable[[bytes], bool]
    found: str
    advice: str


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _text_starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(starts)


_EXPORT = "expected a .safetensors file: use the model's .safetensors download, or save it as one"
_KINDS = (
    _Kind(
        _text_starts(b"<!doctype html", b"<html", b"<head", b"<!--"),
        "a web page (HTML): the download was a web page, probably a login page",
        "expected the weight file itself: sign in or give a token, and download it again from its direct link",
    ),
    _Kind(
        _text_starts(b"<?xml", b"<error"),
        "an XML answer, probably a storage server's error",
        "expected the weight file itself: download it again from its direct link",
    ),
    _Kind(
        _starts(b"version https://git-lfs"),
        "a git-LFS pointer, the note that stands for the file in a git checkout",
        "expected the weight file itself: run `git lfs pull`, or download the file from its direct link",
    ),
    _Kind(
        _starts(b"PK\x03\x04", b"PK\x05\x06"), "a zip archive, as torch.save writes checkpoints (.ckpt, .pt)", _EXPORT
    ),
    _Kind(_starts(*(bytes((0x80, protocol)) for protocol in range(2, 6))), "a pickle, an old .ckpt or .pt", _EXPORT),
    _Kind(_starts(b"GGUF"), "a GGUF file (quantised, for ggml)", _EXPORT),
    _Kind(_starts(b"\x1f\x8b"), "a gzip file", "expected what is inside: unpack it first"),
    _Kind(_starts(b"\x89HDF\r\n\x1a\n"), "an HDF5 file, as Keras writes", _EXPORT),
    _Kind(
        _text_starts(b"{", b"["),
        "a JSON text, probably a server's error or a config",
        "expected the weight file itself: open the file to read what the server said, then download it again",
    ),
)


def recognise(start: bytes) -> str | None:
    """What a file is that begins with `start`, and what to do about it; `None` when nothing is known of it.

    Call it only once the start is known not to be that of a safetensors file: that of a sound one with a header of
    640 bytes (`80 02 00 ...`) begins as a pickle does.
    """
    return next((f"found {kind.found}; {kind.advice}" for kind in _KINDS if kind.matches(start)), None)
