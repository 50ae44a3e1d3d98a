"""One graph of a release in onnxruntime, and what the steps of an image know of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np

from converter.render.errors import RenderError
from converter.render.job import Array

if TYPE_CHECKING:
    import onnxruntime

Device: TypeAlias = Literal["cpu", "cuda"]

_PROVIDERS: Mapping[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_DTYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class Runs(Protocol):
    """A graph at work: one of a release, or whatever it is compared with."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names, in order."""

    def run(self, inputs: Mapping[str, Array], wanted: str) -> Array:
        """The output `wanted`, as float32, of inputs by name."""


Graphs: TypeAlias = Callable[[str], AbstractContextManager[Runs]]
"""The folder of a graph to the graph, which is in memory until it is left."""


def graphs_of(folder: Path, device: Device, *, measured: bool = False) -> Graphs:
    """The graphs of a release.

    Args:
        folder: of the release.
        device: what they run on.
        measured: what they compute is measured, see `Graph`.
    """

    @contextmanager
    def opened(name: str) -> Iterator[Runs]:
        yield Graph(folder / name / "model.onnx", device, measured=measured)

    return opened


class Graph:
    """A loaded graph; its ports say which dtypes it takes, so that float16 releases need nothing of their own."""

    def __init__(self, model: Path, device: Device, *, measured: bool = False) -> None:
        """Load it.

        Args:
            model: `model.onnx`, with its weights beside it.
            device: what it runs on.
            measured: what it computes is measured, not looked at: as exactly, and in as little memory, as it goes.

        Raises:
            RenderError: onnxruntime cannot load it, or cannot run on that device.
        """
        self._name = f"{model.parent.name}/{model.name}"
        self._session = _session(model, device, measured=measured)
        self._inputs: Mapping[str, Any] = {port.name: port for port in self._session.get_inputs()}
        self.outputs: tuple[str, ...] = tuple(port.name for port in self._session.get_outputs())

    def run(self, inputs: Mapping[str, Array], wanted: str) -> Array:
        """An output, as float32.

        Args:
            inputs: values of the graph's inputs, of any dtype; each is cast to what the graph declares.
            wanted: name of the output.

        Raises:
            RenderError: an input is missing or unknown, or the graph cannot be run.
        """
        if set(inputs) != set(self._inputs):
            raise RenderError(
                f"{self._name}: found the inputs {', '.join(sorted(self._inputs))}, expected "
                f"{', '.join(sorted(inputs))}; was the release made by another version of this tool?"
            )
        values = {name: self._declared(name, value) for name, value in inputs.items()}
        try:
            (output,) = self._session.run([wanted], values)
        # onnxruntime raises classes of its C extension that share no public base.
        except Exception as error:
            raise RenderError(
                f"{self._name}: onnxruntime cannot run it: {error}; if memory is short, try a smaller --size"
            ) from error
        return np.asarray(output, dtype=np.float32)

    def _declared(self, name: str, value: Array) -> Array:
        port = self._inputs[name]
        array = np.ascontiguousarray(value, dtype=_DTYPES[port.type])
        # A scalar is declared as such, though the graph would take a vector of one as well.
        return array.reshape(()) if not port.shape else array


def _session(model: Path, device: Device, *, measured: bool) -> onnxruntime.InferenceSession:
    import onnxruntime as ort

    provider = _PROVIDERS[device]
    if provider not in ort.get_available_providers():
        raise RenderError(
            f"--device {device}: onnxruntime {ort.__version__} has {', '.join(ort.get_available_providers())} here, "
            f"expected {provider}; install onnxruntime-gpu in the place of onnxruntime, or leave --device out"
        )
    options = ort.SessionOptions()
    # ALL would rewrite each convolution for the NCHWc layout: 8 s and 2.3 GB more for Stable Diffusion 1.5's UNet.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 3
    if measured:
        # The CPU computes float16 in float32; so it widens the weights of the nodes at work, and not all at once.
        options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
    # Where it is not told otherwise, CUDA multiplies float32 with the 10 bits of TF32.
    exact = {"use_tf32": "0"} if measured and device == "cuda" else {}
    try:
        session = ort.InferenceSession(str(model), options, providers=[(provider, exact)])
    except Exception as error:
        raise RenderError(
            f"{model.parent.name}/{model.name}: onnxruntime {ort.__version__} cannot load it: {error}"
        ) from error
    _require_provider(session.get_providers(), provider, device)
    return session


def _require_provider(found: list[str], wanted: str, device: Device) -> None:
    """Check what it runs on: onnxruntime goes on without a provider whose libraries are missing, and only logs it."""
    if wanted not in found:
        raise RenderError(
            f"--device {device}: onnxruntime went on with {', '.join(found)}, expected {wanted}: its libraries are "
            "missing or the GPU is not there; look at `nvidia-smi` and the CUDA version that onnxruntime-gpu wants"
        )
