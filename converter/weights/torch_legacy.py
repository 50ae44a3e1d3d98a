"""The form of torch checkpoints before torch 1.6: five pickles, then the storages one after the other.

Source: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/serialization.py (`_legacy_save`), BSD-3-Clause
"""

import io
from collections.abc import Mapping

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.torch_pickle import MAX_PICKLE_BYTES, PickleMachine
from converter.weights.torch_tensor import Storage
from converter.weights.zip_directory import ReadAt

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT_BYTES = 8


def read_legacy(read: ReadAt, file_size: int) -> tuple[object, Mapping[str, int]]:
    """What was saved, and where in the file each storage begins, by its key.

    Raises:
        WeightsError: it is another pickle, a damaged one, or one that asks for more than tensors.
    """
    stream = io.BytesIO(read(0, MAX_PICKLE_BYTES))
    _require("magic number", PickleMachine().read(stream), _MAGIC)
    _require("protocol", PickleMachine().read(stream), _PROTOCOL)
    _require_little(PickleMachine().read(stream))
    machine = PickleMachine()
    value = machine.read(stream)
    keys = PickleMachine().read(stream)
    if not isinstance(keys, list) or not _are_the_same(keys, machine.storages):
        raise WeightsError("the list of storages is not that of the tensors; the file is damaged: download it again")
    return value, _places(read, stream.tell(), [machine.storages[key] for key in keys], file_size)


def _are_the_same(keys: list[object], storages: Mapping[str, Storage]) -> bool:
    return len(keys) == len(storages) and {key for key in keys if isinstance(key, str)} == storages.keys()


def _places(read: ReadAt, begin: int, storages: list[Storage], file_size: int) -> Mapping[str, int]:
    places = {}
    for storage in storages:
        count = int.from_bytes(read(begin, _COUNT_BYTES), "little")
        if count != storage.elements:
            raise WeightsError(
                f"the storage {clipped(storage.key)} has {count:,} elements at byte {begin:,}, expected "
                f"{storage.elements:,}; the file is damaged or cut off: download it again"
            )
        places[storage.key] = begin + _COUNT_BYTES
        begin += _COUNT_BYTES + storage.size_bytes
    if begin != file_size:
        raise WeightsError(
            f"the storages end at byte {begin:,}, expected the end of the file at {file_size:,}; "
            "the file is damaged or cut off: download it again"
        )
    return places


def _require(what: str, found: object, expected: int) -> None:
    if found != expected or type(found) is not int:
        raise WeightsError(
            f"found a pickle without torch's {what}, expected one written by torch.save; "
            "use a .safetensors version of the model"
        )


def _require_little(system: object) -> None:
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise WeightsError("the byte order is not little, expected that; save it again on a usual machine")
