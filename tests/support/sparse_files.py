"""Torch checkpoints of full size that take no room on the disk: everything but the headers is a hole."""

import pickle
import struct
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path

from tests.support.torch_files import FLOAT_STORAGE, plain

Shapes = Mapping[str, tuple[int, ...]]


def sparse_checkpoint(path: Path, shapes: Shapes, pickled: bytes | None = None) -> Path:
    """A torch zip checkpoint of float32 zeros with a zip64 directory; `pickled` stands in the place of its pickle.

    The layout is torch's, which zipfile could write only together with all of the zeros.
    """
    directory = []
    with path.open("wb") as stream:

        def add(name: str, size: int, data: bytes) -> None:
            begin, crc32 = stream.tell(), zlib.crc32(data)
            raw = name.encode()
            # Sizes and places that 32 bits do not hold stand in the zip64 field; here all of them do.
            local_extra = struct.pack("<2H2Q", 1, 16, size, size)
            header = struct.pack(
                "<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 0, crc32, *_IN_ZIP64, len(raw), len(local_extra)
            )
            stream.write(header + raw + local_extra + data)
            stream.seek(size - len(data), 1)
            extra = struct.pack("<2H3Q", 1, 24, size, size, begin)
            fields = (45, 45, 0, 0, 0, 0, crc32, *_IN_ZIP64, len(raw), len(extra), 0, 0, 0, 0, _IN_ZIP64[0])
            directory.append(struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *fields) + raw + extra)

        data = _pickled(shapes) if pickled is None else pickled
        add("archive/data.pkl", len(data), data)
        add("archive/byteorder", 6, b"little")
        for number, shape in enumerate(shapes.values()):
            add(f"archive/data/{number}", 4 * prod(shape), b"")
        begin, content = stream.tell(), b"".join(directory)
        counts = (len(directory), len(directory), len(content), begin)
        stream.write(content)
        stream.write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, *counts))
        stream.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, begin + len(content), 1))
        stream.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, *_IN_ZIP64, 0))
    return path


_IN_ZIP64 = (0xFFFF_FFFF, 0xFFFF_FFFF)


def _pickled(shapes: Shapes) -> bytes:
    items = [
        plain(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + _arguments(str(number), shape) + b"tR"
        for number, (name, shape) in enumerate(shapes.items())
    ]
    return b"\x80\x02}(" + b"".join(items) + b"u."


def _arguments(key: str, shape: tuple[int, ...]) -> bytes:
    storage = b"(" + plain("storage") + FLOAT_STORAGE + plain(key) + plain("cpu") + plain(prod(shape)) + b"tQ"
    strides = tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
    return storage + plain(0) + plain(shape) + plain(strides) + b"\x89ccollections\nOrderedDict\n)R"


def command_pickle(command: str) -> bytes:
    """A pickle that runs a shell command in who unpickles it."""
    return b"\x80\x02cos\nsystem\n(" + pickle.dumps(command, 2)[2:-1] + b"tR."
