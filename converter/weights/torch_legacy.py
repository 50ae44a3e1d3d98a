"""The form of torch checkpoints before torch 1.6: five pickles, then the storages one after the other.

Source: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/serialization.py (`_legacy_save`), BSD-3-Clause
"""

from collections.abc import Mapping, Set

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.reading import GrowingStream, ReadAt
from converter.weights.scope import Scope
from converter.weights.torch_pickle import MAX_PICKLE_BYTES, PickleMachine
from converter.weights.torch_tensor import Storage

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT_BYTES = 8


def read_legacy(
    read: ReadAt, file_size: int, scope: Scope, modules: Set[str] = frozenset()
) -> tuple[object, Mapping[str, int]]:
    """What was saved, and where in the file each storage begins, by its key; `modules` as in `PickleMachine`.

    The places follow from the sizes that the pickle names, and the last one must end where the file does. Before each
    storage stands how many elements it has: only `Scope.WHOLE` reads these and compares, because of a file that is
    far away it would take a request for each.

    Raises:
        WeightsError: it is another pickle, a damaged one, or one that asks for more than tensors.
    """
    stream = GrowingStream(read, min(file_size, MAX_PICKLE_BYTES))
    _require("magic number", PickleMachine().read(stream), _MAGIC)
    _require("protocol", PickleMachine().read(stream), _PROTOCOL)
    _require_little(PickleMachine().read(stream))
    machine = PickleMachine(modules)
    value = machine.read(stream)
    keys = PickleMachine().read(stream)
    if not isinstance(keys, list) or not _are_the_same(keys, machine.storages):
        raise WeightsError("the list of storages is not that of the tensors; the file is damaged: download it again")
    storages = [machine.storages[key] for key in keys]
    places, end = _places(stream.tell(), storages)
    if scope is Scope.WHOLE:
        _require_counts(read, places, storages)
    _require_end(end, file_size)
    return value, places


def _are_the_same(keys: list[object], storages: Mapping[str, Storage]) -> bool:
    return len(keys) == len(storages) and {key for key in keys if isinstance(key, str)} == storages.keys()


def _require_counts(read: ReadAt, places: Mapping[str, int], storages: list[Storage]) -> None:
    for storage in storages:
        begin = places[storage.key] - _COUNT_BYTES
        count = int.from_bytes(read(begin, _COUNT_BYTES), "little")
        if count != storage.elements:
            raise WeightsError(
                f"the storage {clipped(storage.key)} has {count:,} elements at byte {begin:,}, expected "
                f"{storage.elements:,}; the file is damaged or cut off: download it again"
            )


def _places(begin: int, storages: list[Storage]) -> tuple[Mapping[str, int], int]:
    """Where each storage begins, and where the last one ends."""
    places = {}
    for storage in storages:
        places[storage.key] = begin + _COUNT_BYTES
        begin += _COUNT_BYTES + storage.size_bytes
    return places, begin


def _require_end(end: int, file_size: int) -> None:
    if end != file_size:
        raise WeightsError(
            f"the storages end at byte {end:,}, expected the end of the file at {file_size:,}; "
            "the file is damaged or cut off: download it again"
        )


def _require(what: str, found: object, expected: int) -> None:
    if found != expected or type(found) is not int:
        raise WeightsError(
            f"found a pickle without torch's {what}, expected one written by torch.save; "
            "use a .safetensors version of the model"
        )


def _require_little(system: object) -> None:
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise WeightsError("the byte order is not little, expected that; save it again on a usual machine")
