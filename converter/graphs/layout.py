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
        size = prod(parameter.shape) * _ELEMENT_BYTES[parameter.dtype]
        alignment = _PAGE_BYTES if size > _PAGED_FROM_BYTES else _SMALL_BYTES
        offset = -(-offset // alignment) * alignment
        slots.append(Slot(parameter, offset, size))
        offset += size
    return tuple(slots)
