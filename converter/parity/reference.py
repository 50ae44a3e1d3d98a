"""The reference: the same component in PyTorch, with the source's own weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from converter.graphs import Component, Weights, ports_of
from converter.graphs.modules import build_module, fill_buffers

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    Array = np.ndarray[Any, Any]


def run_reference(component: Component, weights: Weights, runs: Sequence[Mapping[str, Array]]) -> list[list[Array]]:
    """The outputs of diffusers' and transformers' own classes, for each set of inputs, in the order of the ports.

    Float32 weights stay mapped views of their file: the model is not copied into memory. What is blended, or stored in
    fewer bits, is a copy in float32, which is gone once this returns.
    """
    import torch

    module = build_module(component)
    state = {name: _tensor(weights.read(name)) for name in weights.shapes}
    module.load_state_dict(state, strict=True, assign=True)
    fill_buffers(module)
    names = [port.name for port in ports_of(component).inputs]
    outputs = []
    with torch.no_grad():
        for inputs in runs:
            result = module(*(torch.from_numpy(inputs[name]) for name in names))
            outputs.append([tensor.numpy() for tensor in (result if isinstance(result, tuple) else (result,))])
    for name in weights.shapes:
        weights.done(name)
    # transformers' modules are in cycles of references, and would keep their weights until something looks for those.
    module.to_empty(device="meta")
    return outputs


def _tensor(array: Array) -> Tensor:
    import numpy as np
    import torch

    with warnings.catch_warnings():
        # The file is mapped read-only, and nothing here writes to a weight.
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.asarray(array, dtype=np.float32))
