"""The zip form of torch checkpoints, written since torch 1.6: a pickle, and one entry per storage.

Source: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/serialization.py (`_save`), BSD-3-Clause
"""

import io
import zlib
from collections.abc import Mapping, Set

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.reading import ReadAt
from converter.weights.scope import Scope
from converter.weights.torch_pickle import MAX_PICKLE_BYTES, PickleMachine
from converter.weights.torch_tensor import Storage
from converter.weights.zip_directory import ZipEntry, data_begin, zip_directory


def read_zip(
    read: ReadAt, file_size: int, scope: Scope, modules: Set[str] = frozenset()
) -> tuple[object, Mapping[str, int]]:
    """What was saved, and where in the file each storage begins, by its key; `modules` as in `PickleMachine`.

    The directory says of each storage that it is there, stored as it is, of the right size, and that no other entry
    reaches into it. Where exactly it begins stands in a header of its own beside it, one for each of a thousand
    storages: only `Scope.WHOLE` reads those.

    Raises:
        WeightsError: it is another archive, a damaged one, or one whose pickle asks for more than tensors.
    """
    entries = zip_directory(read, file_size)
    top = _top(entries)
    _require_little(read, entries.get(f"{top}/byteorder"))
    machine = PickleMachine(modules)
    value = machine.read(io.BytesIO(_pickle(read, entries[f"{top}/data.pkl"])))
    return value, {
        key: _storage_begin(read, entries.get(f"{top}/data/{key}"), storage, scope)
        for key, storage in machine.storages.items()
    }


def _top(entries: Mapping[str, ZipEntry]) -> str:
    """The folder that everything is in: `archive`, or what the file was called when it was saved."""
    tops = [name.removesuffix("/data.pkl") for name in entries if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(tops) != 1:
        raise WeightsError(
            f"the zip archive has {len(tops)} data.pkl among {len(entries)} entries, expected one, as torch.save "
            "writes; if a model folder was packed, unpack it first"
        )
    if f"{tops[0]}/constants.pkl" in entries:
        raise WeightsError(
            "found a TorchScript program, which is code and not only weights; "
            "expected a checkpoint: use a .safetensors version of the model"
        )
    return tops[0]


def _require_little(read: ReadAt, entry: ZipEntry | None) -> None:
    order = b"little" if entry is None else read(data_begin(read, entry), min(entry.size_bytes, 16))
    if order != b"little":
        raise WeightsError(f"the byte order is {clipped(order)}, expected little; save it again on a usual machine")


def _pickle(read: ReadAt, entry: ZipEntry) -> bytes:
    if entry.size_bytes > MAX_PICKLE_BYTES:
        raise WeightsError(
            f"{clipped(entry.name)} has {entry.size_bytes:,} bytes, expected at most {MAX_PICKLE_BYTES:,}; a "
            "checkpoint describes its tensors in less: check where it came from"
        )
    data = read(data_begin(read, entry), entry.size_bytes)
    if zlib.crc32(data) != entry.crc32:
        raise WeightsError(
            f"{clipped(entry.name)} has another checksum than the archive says; the file is damaged: download it again"
        )
    return data


def _storage_begin(read: ReadAt, entry: ZipEntry | None, storage: Storage, scope: Scope) -> int:
    if entry is None or entry.size_bytes != storage.size_bytes:
        found = "is missing" if entry is None else f"has {entry.size_bytes:,} bytes"
        raise WeightsError(
            f"the storage {clipped(storage.key)} {found}, expected {storage.size_bytes:,} bytes; "
            "the file is damaged: download it again"
        )
    return data_begin(read, entry) if scope is Scope.WHOLE else entry.least_begin
