"""Where a float16 graph overflows: the first node whose result is not finite."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter.parity.errors import ParityError
from converter.parity.session import run_session
from converter.proof import Device

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, Any]


def require_no_overflow(
    model: Path, inputs: Mapping[str, Array], outputs: Sequence[Array], device: Device = "cpu"
) -> None:
    """Check that the outputs of a float16 graph are finite.

    Raises:
        ParityError: one is not; the graph is run once more with every intermediate result, and the node is named.
    """
    import numpy as np

    if all(np.isfinite(array).all() for array in outputs):
        return
    node = _first_overflow(model, inputs, device)
    where = "no node by itself" if node is None else f"the {node.op_type} {node.name}"
    raise ParityError(
        f"{model.parent.name}: numbers overflow in float16, first in {where}; expected finite numbers on inputs of "
        "normal scale; nothing was published"
    )


def _first_overflow(path: Path, inputs: Mapping[str, Array], device: Device) -> onnx.NodeProto | None:
    """The first node, in the order of the graph, that makes a number that is not finite."""
    import numpy as np
    import onnx

    model = onnx.load(path, load_external_data=False)
    nodes = [node for node in model.graph.node if node.op_type != "Constant"]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=node.output[0]) for node in nodes)
    # Beside the data file, which the graph names by its place.
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".onnx") as file:
        file.write(model.SerializeToString())
        file.flush()
        (results,) = run_session(Path(file.name), [inputs], device=device)
    found = (
        node
        for node, result in zip(nodes, results, strict=True)
        if np.issubdtype(result.dtype, np.floating) and not np.isfinite(result).all()
    )
    return next(found, None)
