"""The reference: the same component in PyTorch, with the source's own weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter.graphs import Component, Weights, ports_of
from converter.graphs.modules import build_module, fill_buffers
from converter.proof import Device

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor
    from torch.nn import Module

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Reference:
    """What a component is compared with."""

    said: str
    """What it is called in a sentence: `PyTorch`."""
    outputs: Callable[[Sequence[Mapping[str, Array]]], list[list[Array]]]
    """The outputs for each set of inputs, in the order of the ports."""


def pytorch(component: Component, weights: Weights, device: Device = "cpu") -> Reference:
    """The reference that others stand for: the source's own weights in diffusers' and transformers' classes."""
    return Reference(PYTORCH, lambda runs: run_reference(component, weights, runs, device))


PYTORCH = "PyTorch"


def run_reference(
    component: Component, weights: Weights, runs: Sequence[Mapping[str, Array]], device: Device = "cpu"
) -> list[list[Array]]:
    """The outputs of diffusers' and transformers' own classes, for each set of inputs, in the order of the ports."""
    with torch_graph(component, weights, device) as graph:
        return [graph.run_all(inputs) for inputs in runs]


@contextmanager
def torch_graph(component: Component, weights: Weights, device: Device = "cpu") -> Iterator[TorchGraph]:
    """A component in PyTorch, in memory until it is left.

    On the CPU, float32 weights stay mapped views of their file: the model is not copied into memory. What is blended,
    or stored in fewer bits, is a copy in float32, which is gone afterwards.
    """
    module = build_module(component)
    state = {name: _tensor(weights.read(name)) for name in weights.shapes}
    module.load_state_dict(state, strict=True, assign=True)
    del state
    fill_buffers(module)
    yield TorchGraph(component, module if device == "cpu" else module.to(device), device)
    for name in weights.shapes:
        weights.done(name)
    # transformers' modules are in cycles of references, and would keep their weights until something looks for those.
    module.to_empty(device="meta")


class TorchGraph:
    """A component in PyTorch, with the ports of its ONNX graph."""

    def __init__(self, component: Component, module: Module, device: Device = "cpu") -> None:
        self._module = module
        self._device = device
        self._inputs = ports_of(component).inputs
        self.outputs: tuple[str, ...] = tuple(port.name for port in ports_of(component).outputs)

    def run_all(self, inputs: Mapping[str, Array]) -> list[Array]:
        """Every output, in the order of the ports, of inputs with the dtypes of the ports."""
        import torch

        given = [torch.from_numpy(inputs[port.name]).to(self._device) for port in self._inputs]
        # Convolutions in TF32 have 10 bits.
        with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            result = self._module(*given)
        return [tensor.cpu().numpy() for tensor in (result if isinstance(result, tuple) else (result,))]

    def run(self, inputs: Mapping[str, Array], wanted: str) -> Array:
        """The output `wanted`, of inputs of any dtype."""
        import numpy as np

        cast = {port.name: np.asarray(inputs[port.name], dtype=port.dtype) for port in self._inputs}
        return self.run_all(cast)[self.outputs.index(wanted)]


def _tensor(array: Array) -> Tensor:
    import numpy as np
    import torch

    with warnings.catch_warnings():
        # The file is mapped read-only, and nothing here writes to a weight.
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.asarray(array, dtype=np.float32))
