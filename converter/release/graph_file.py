"""Does a graph find its weights? The external data of a `model.onnx`, checked without loading the weights."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from converter.release.errors import ReleaseError
from converter.release.view import ReleaseView

if TYPE_CHECKING:
    from onnx import ModelProto

DATA_NAME = "weights.pb"
_NUMBER = re.compile(r"[0-9]{1,18}")


def read_graph(view: ReleaseView, part: str) -> "ModelProto":
    """The `model.onnx` of a component, without its weights.

    Raises:
        ReleaseError: it is no ONNX file, or too large to be a graph without weights.
    """
    import onnx
    from google.protobuf.message import DecodeError

    path = f"{part}/model.onnx"
    try:
        return onnx.ModelProto.FromString(view.read(path))
    except DecodeError as error:
        raise ReleaseError(f"{view.where}/{path}: not an ONNX file ({error}); make the release again") from error


def external_data_problems(model: "ModelProto", part: str, sizes: Mapping[str, int]) -> list[str]:
    """What is wrong with a component's weights: each must lie in its data file, inside it, apart from the rest."""
    path = f"{part}/model.onnx"
    ranges = []
    for tensor in model.graph.initializer:
        where = {entry.key: entry.value for entry in tensor.external_data}
        if where.get("location") != DATA_NAME:
            return [f"{path}: the data of {tensor.name} is in {where.get('location')!r}, expected {DATA_NAME!r}"]
        for key in ("offset", "length"):
            if not _NUMBER.fullmatch(where.get(key, "")):
                return [f"{path}: the data of {tensor.name} has {key} {where.get(key)!r}, expected a number of bytes"]
        ranges.append((int(where["offset"]), int(where["length"]), tensor.name))
    return [f"{path}: {problem}" for problem in _range_problems(sorted(ranges), sizes[f"{part}/{DATA_NAME}"])]


def _range_problems(ranges: list[tuple[int, int, str]], size_bytes: int) -> list[str]:
    problems, end = [], 0
    for offset, length, name in ranges:
        if offset < end:
            problems.append(f"the data of {name} at byte {offset:,} overlaps its predecessor, which ends at {end:,}")
        end = offset + length
        if end > size_bytes:
            problems.append(f"the data of {name} ends at byte {end:,}, {DATA_NAME} has {size_bytes:,}")
    return problems
