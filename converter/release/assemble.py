"""Finish a release folder whose graphs are there: small files, manifest, card, checksums."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from converter.files import sha256_of
from converter.release.card import model_card
from converter.release.checksums import CHECKSUMS_NAME, write_checksums
from converter.release.layout import CARD_NAME
from converter.release.manifest import MANIFEST_NAME, Manifest
from converter.release.records import FileRecord


def finish(
    folder: Path,
    there: Sequence[FileRecord],
    more: Mapping[str, bytes],
    make_manifest: Callable[[tuple[FileRecord, ...]], Manifest],
) -> Manifest:
    """Write what is missing from a release folder.

    Args:
        folder: holds the graphs with their weights, and the small files around them.
        there: what it holds, digested while it was written; it is not read again.
        more: path to content of what is to be written besides, such as images.
        make_manifest: the manifest, given the record of every file.
    """
    records = [*there, *add_files(folder, more)]
    manifest = make_manifest(tuple(sorted(records, key=lambda record: record.path)))
    about = [
        _written(folder, MANIFEST_NAME, manifest.to_json()),
        _written(folder, CARD_NAME, model_card(manifest)),
    ]
    digests = {record.path: record.sha256 for record in [*records, *about]}
    _written(folder, CHECKSUMS_NAME, write_checksums(digests))
    return manifest


def add_files(folder: Path, files: Mapping[str, bytes]) -> tuple[FileRecord, ...]:
    """Write files into a release folder: path to content, such as configs, scheduler, tokenizer and index."""
    return tuple(_written(folder, path, data) for path, data in files.items())


def record_of(path: Path, name: str) -> FileRecord:
    """The record of a file that is there already, digested now."""
    return FileRecord(name, path.stat().st_size, sha256_of(path))


def _written(folder: Path, path: str, data: bytes) -> FileRecord:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return FileRecord(path, len(data), hashlib.sha256(data).hexdigest())
