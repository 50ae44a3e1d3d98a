"""Xet storage in a local folder: what `hf_xet` writes when its storage URL is `local://FOLDER`.

The Rust client does the chunking, the packing and the reading itself; the server only needs to know which objects are
there. That is written in the shards, whose layout is specified at https://huggingface.co/docs/xet/shard.

Limit: `hf_xet` locks the folder while it writes or reads, so one process at a time may use it (its threads may share
it).
"""

import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback_hub.blobs import BlobStore, chunks_of

XET_TOKEN = "xet_test"  # noqa: S105  # opens nothing
"""Opens local storage as any other text would."""
_ENTRY_BYTES = 48
_HASH_BYTES = 32
_HAS_VERIFICATION = 1 << 31
_HAS_METADATA = 1 << 30
_END = b"\xff" * _HASH_BYTES
_CHUNK_HEADER_BYTES = 8
_XORB_END = b"XETBLOB"


@dataclass(frozen=True)
class XetFile:
    """An object in Xet storage."""

    sha256: str
    xet_hash: str
    """Root of its Merkle tree, by which the protocol asks for it (64 hex)."""
    size_bytes: int


@dataclass(frozen=True)
class XetChunk:
    """A stretch of files, 64 KiB on average, which is stored once."""

    size_bytes: int
    packed_bytes: int
    """As it is sent: float numbers of one sign compress a little."""


class XetStore:
    """The folder, and an index of it that grows when something is not found. Only to be used when Xet is offered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._lock = threading.Lock()
        self._files: dict[str, XetFile] = {}
        self._read_shards: set[Path] = set()

    @property
    def url(self) -> str:
        """Storage URL for clients on this machine."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return f"local://{self._folder}"

    @property
    def chunks(self) -> tuple["XetChunk", ...]:
        """Every chunk that clients have put there, in blocks (xorbs), which have only chunks that were not there."""
        blocks = [path for path in self._folder.glob("**/xorbs/default.*") if path.suffix != ".tagset"]
        return tuple(chunk for path in sorted(blocks) for chunk in chunks_in_xorb(path.read_bytes()))

    def find(self, sha256: str) -> XetFile | None:
        """The object with this digest, if a client has uploaded it."""
        with self._lock:
            if sha256 not in self._files:
                self._read_new_shards()
            return self._files.get(sha256)

    def restore(self, sha256: str, blobs: BlobStore) -> None:
        """Put an object together from its chunks, for clients that download it over plain HTTP.

        Raises:
            KeyError: when it is not there.
        """
        import hf_xet  # type: ignore[import-untyped]  # only needed here, and not by servers without Xet

        file = self.find(sha256)
        if file is None:
            raise KeyError(sha256)
        with tempfile.TemporaryDirectory(dir=self._folder) as temporary:
            target = Path(temporary) / "object"
            with hf_xet.XetSession().new_file_download_group(
                endpoint=self.url, token=XET_TOKEN, token_expiry_unix_secs=int(time.time()) + 3600
            ) as group:
                group.start_download_file(hf_xet.XetFileInfo(file.xet_hash, file.size_bytes), str(target))
            blobs.put(chunks_of(target), expected_sha256=sha256)

    def _read_new_shards(self) -> None:
        for shard in sorted(self._folder.glob("**/shards/*.mdb")):
            if shard not in self._read_shards:
                self._files.update((file.sha256, file) for file in files_in_shard(shard.read_bytes()))
                self._read_shards.add(shard)


def files_in_shard(shard: bytes) -> Iterator[XetFile]:
    """The files that a shard tells how to put together, those of unknown SHA-256 left out."""
    at = _ENTRY_BYTES  # the header is as long as an entry
    while (file_hash := shard[at : at + _HASH_BYTES]) != _END:
        flags, entries = struct.unpack_from("<II", shard, at + _HASH_BYTES)
        at += _ENTRY_BYTES
        # An entry: hash of the xorb, flags, bytes of the segment, first and last chunk.
        size_bytes = sum(
            struct.unpack_from("<I", shard, at + i * _ENTRY_BYTES + _HASH_BYTES + 4)[0] for i in range(entries)
        )
        at += entries * _ENTRY_BYTES * (2 if flags & _HAS_VERIFICATION else 1)
        if flags & _HAS_METADATA:
            yield XetFile(_hex(shard[at : at + _HASH_BYTES]), _hex(file_hash), size_bytes)
            at += _ENTRY_BYTES


def chunks_in_xorb(xorb: bytes) -> Iterator[XetChunk]:
    """The chunks of a block: https://huggingface.co/docs/xet/xorb; each has a header of 8 bytes before it."""
    at = 0
    while at + _CHUNK_HEADER_BYTES <= len(xorb) and xorb[at : at + len(_XORB_END)] != _XORB_END:
        packed, size = (int.from_bytes(xorb[at + start : at + start + 3], "little") for start in (1, 5))
        yield XetChunk(size, packed)
        at += _CHUNK_HEADER_BYTES + packed


def _hex(raw: bytes) -> str:
    """A hash as text: four little-endian integers (https://huggingface.co/docs/xet/hashing)."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))
