"""The instructions of a pickle, one by one, with their arguments; none is carried out here.

The opcodes: https://github.com/python/cpython/blob/v3.11.9/Lib/pickletools.py (PSF-2.0), used to decode arguments.
"""

import pickletools
from typing import IO

VALUES = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "BINFLOAT", "FLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BINSTRING", "SHORT_BINSTRING", "BYTEARRAY8",
}  # fmt: skip
"""Instructions whose argument is a value."""

_BY_CODE = {op.code.encode("latin-1"): op for op in pickletools.opcodes}
_LINES = {"GLOBAL": 2, "INST": 2, "STRING": 1, "PERSID": 1}
"""Arguments that are lines, taken as they are: pickletools undoes escapes, which the unpickler does not."""
_MAX_INT_BITS = 512  # what is done with a number as large as the file, a million times, takes for ever


def next_opcode(stream: IO[bytes]) -> tuple[str, object]:
    """Name and argument of the instruction where `stream` stands; an argument of lines is a list of texts.

    Raises:
        ValueError: there is none, or its argument is cut off or absurd.
    """
    code = stream.read(1)
    if code not in _BY_CODE:
        raise ValueError(f"there is no opcode {code!r}" if code else "it is cut off")
    opcode = _BY_CODE[code]
    if opcode.name in _LINES:
        return opcode.name, [stream.readline().decode().rstrip("\n") for _ in range(_LINES[opcode.name])]
    argument = None if opcode.arg is None else opcode.arg.reader(stream)
    if isinstance(argument, int) and argument.bit_length() > _MAX_INT_BITS:
        raise ValueError(f"a number of {argument.bit_length():,} bits")
    return opcode.name, argument
