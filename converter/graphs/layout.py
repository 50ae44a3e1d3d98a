"""Where each parameter lies in the data file. Pure: the same template gives the same layout for every model."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from converter.graphs.template import Parameter

_ELEMENT_BYTES = {"float32": 4, "float16": 2}
_PAGE_BYTES, _PAGED_FROM_BYTES = 4096, 64 * 1024
_SMALL_BYTES = 64


@dataclass(frozen=True)
class Slot:
    """The place of one parameter in the data file."""

    parameter: Parameter
    offset: int
    size_bytes: int
    """With the scales of its blocks, where it has some."""
    scales_offset: int | None = None
    """Where these begin; the blocks begin at `offset`."""

    @property
    def end(self) -> int:
        return self.offset + self.size_bytes


def lay_out(parameters: Iterable[Parameter]) -> tuple[Slot, ...]:
    """Slots in the order of the parameters, each as large as its dtype makes it.

    What is larger than 64 KiB starts on a page, so that onnxruntime can map it; the rest on 64 bytes, a cache line.
    """
    slots: list[Slot] = []
    offset = 0
    for parameter in parameters:
        slot = _plain_slot(parameter, offset) if parameter.blocks is None else _block_slot(parameter, offset)
        slots.append(slot)
        offset = slot.end
    return tuple(slots)


def _plain_slot(parameter: Parameter, free: int) -> Slot:
    size = prod(parameter.shape) * _ELEMENT_BYTES[parameter.dtype]
    return Slot(parameter, _aligned(free, size), size)


def _block_slot(parameter: Parameter, free: int) -> Slot:
    """One byte for each number, and the scales behind them all, each of the two where its size puts it."""
    numbers = prod(parameter.shape)
    scales = numbers // (parameter.blocks or 1) * _ELEMENT_BYTES[parameter.dtype]
    offset = _aligned(free, numbers)
    scales_offset = _aligned(offset + numbers, scales)
    return Slot(parameter, offset, scales_offset + scales - offset, scales_offset)


def _aligned(free: int, size_bytes: int) -> int:
    alignment = _PAGE_BYTES if size_bytes > _PAGED_FROM_BYTES else _SMALL_BYTES
    return -(-free // alignment) * alignment
