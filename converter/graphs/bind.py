"""Bind a model's weights to a template: stream tensor after tensor into one data file beside `model.onnx`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from converter.files import require_space
from converter.graphs.errors import GraphError
from converter.graphs.layout import Slot, lay_out
from converter.graphs.template import Template
from converter.listing import first_ten
from converter.progress import Report, silent
from converter.streaming import Streamed, StreamedFile, Weights, stream
from converter.weights import WeightsError

MODEL_NAME = "model.onnx"
DATA_NAME = "weights.pb"
"""Not `model.onnx_data`: diffusers fetches only `*.onnx`, `*.pb`, `*.bin` and `*.safetensors` from a Hub folder."""


def require_match(template: Template, shapes: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Check that a state dict has exactly the template's parameters, in their shapes.

    Raises:
        GraphError: with the first ten of what is missing, unexpected or of another shape; `where` names the state dict.
    """
    require_exactly({parameter.source: parameter.source_shape for parameter in template.parameters}, shapes, where)


def require_exactly(wanted: Mapping[str, tuple[int, ...]], shapes: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Check that a state dict has exactly the parameters `wanted`, in their shapes.

    Raises:
        GraphError: with the first ten of what is missing, unexpected or of another shape; `where` names the state dict.
    """
    problems = [
        _listed("missing parameter", sorted(wanted.keys() - shapes.keys())),
        _listed("unexpected key", sorted(shapes.keys() - wanted.keys())),
        _listed(
            "wrong shape",
            [
                f"{name} has {shapes[name]}, expected {shape}"
                for name, shape in wanted.items()
                if name in shapes and shapes[name] != shape
            ],
        ),
    ]
    if any(problems):
        raise GraphError(
            f"{where}: {'; '.join(filter(None, problems))}. "
            f"Expected exactly the {len(wanted)} parameters of its config: "
            "use the file that belongs to this config, or the config that belongs to this file"
        )


def bind(
    template: Template, weights: Weights, folder: Path, *, report: Report = silent
) -> tuple[StreamedFile, StreamedFile]:
    """Write `model.onnx` and `weights.pb` to `folder`; memory holds a few chunks of 2 MiB, whatever the model's size.

    Values are cast to the dtype of their parameter, or to 8 bits in blocks, and transposed, where the template says so;
    nothing else happens to them.

    Returns:
        The two files, with the digests of their bytes.

    Raises:
        GraphError: the weights do not match the template.
        WeightsError: one of them is NaN or infinite, or too large for float16.
        WriteError: the disk fills up all the same.
        NoSpaceError: the disk has no room; nothing was written.
    """
    require_match(template, weights.shapes, str(folder.name))
    slots = lay_out(template.parameters)
    require_space(folder, slots[-1].end)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = [
        Streamed(
            weights,
            (slot.parameter.source,),
            slot.offset,
            slot.size_bytes,
            slot.parameter.permutation,
            slot.parameter.dtype,
            slot.scales_offset,
        )
        for slot in slots
    ]
    try:
        data = stream(tensors, folder / DATA_NAME, f"{folder.name}: streaming weights", report)
    except WeightsError as error:
        raise WeightsError(f"{folder.name}: {error}") from error
    graph = _external_graph(template, slots)
    (folder / MODEL_NAME).write_bytes(graph)
    return StreamedFile(MODEL_NAME, len(graph), hashlib.sha256(graph).hexdigest()), data


def _external_graph(template: Template, slots: tuple[Slot, ...]) -> bytes:
    """The template with its open parameters closed: initializers whose data lies in the data file."""
    import onnx

    model = onnx.ModelProto.FromString(template.graph)
    tensors = [tensor for slot in slots for tensor in _tensors(slot)]
    names = {tensor.name for tensor in tensors}
    inputs = [value for value in model.graph.input if value.name not in names]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    dtypes = {"float32": onnx.TensorProto.FLOAT, "float16": onnx.TensorProto.FLOAT16, "uint8": onnx.TensorProto.UINT8}
    for closed in tensors:
        tensor = model.graph.initializer.add(
            name=closed.name,
            dims=closed.shape,
            data_type=dtypes[closed.dtype],
            data_location=onnx.TensorProto.EXTERNAL,
        )
        for key, value in (("location", DATA_NAME), ("offset", closed.offset), ("length", closed.size_bytes)):
            tensor.external_data.add(key=key, value=str(value))
    data: bytes = model.SerializeToString(deterministic=True)
    return data


@dataclass(frozen=True)
class _Closed:
    """One initializer, and its place in the data file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    offset: int
    size_bytes: int


def _tensors(slot: Slot) -> tuple[_Closed, ...]:
    """A parameter's initializer, or the two of one in blocks."""
    parameter, scales_at = slot.parameter, slot.scales_offset
    if parameter.blocks is None or scales_at is None:
        return (_Closed(parameter.name, parameter.shape, parameter.dtype, slot.offset, slot.size_bytes),)
    *rows, columns = parameter.shape
    scales = (*rows, columns // parameter.blocks)
    return (
        _Closed(parameter.name, (*scales, parameter.blocks), "uint8", slot.offset, prod(parameter.shape)),
        _Closed(parameter.scales_name, scales, parameter.dtype, scales_at, slot.end - scales_at),
    )


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return ""
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'}: {first_ten(names)}"
