"""Small safetensors files: sound ones by the real library, broken ones by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write_tensors(
    path: Path, tensors: Mapping[str, "np.ndarray[Any, Any]"], metadata: dict[str, str] | None = None
) -> Path:
    """Write `tensors` (bfloat16 of ml_dtypes too) with the safetensors library; gives `path` back."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, path, metadata)
    return path


def raw_file(header: object, data: bytes = b"", *, header_bytes: int | None = None) -> bytes:
    """The bytes of a safetensors file, whatever is wrong with it.

    Args:
        header: Written as JSON, or as it is when it is bytes.
        data: What follows the header.
        header_bytes: The length to claim, when it is not the real one.
    """
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    claimed = len(text) if header_bytes is None else header_bytes
    return claimed.to_bytes(8, "little") + text + data


def entry(dtype: object = "F32", shape: object = (2,), begin: object = 0, end: object = 8) -> dict[str, object]:
    """One tensor of a header; by default two float32 in the first eight bytes."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
