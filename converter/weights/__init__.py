"""Weight files, opened as named tensors that stay on disk until they are looked at.

`open_weights` gives such a file, a `MappedFile`: a `SafetensorsFile` or a `TorchFile` (`.ckpt`, `.pt`, `.pth`, `.bin`),
told by what it holds; `WeightFile` is what it offers, wherever it is. `TensorSource` is its tensors alone, `TensorInfo`
what is known about a tensor before it is read, `Header` all of these of one safetensors file (from its first bytes
alone, so that a remote file can be looked at through HTTP ranges), `check_finite` the guard against NaN and infinities.

A weight file comes from a stranger: this room reads it as data, checks every size before it maps a byte, and never
executes any of it. It knows nothing of models and imports no torch.
"""

from converter.weights.errors import WeightsError
from converter.weights.finite import check_finite
from converter.weights.header import LENGTH_BYTES, MAX_HEADER_BYTES, Header, header_size, parse_header
from converter.weights.mapped_file import MappedFile
from converter.weights.open_weights import open_weights
from converter.weights.safetensors_file import SafetensorsFile
from converter.weights.tensors import TensorInfo, TensorSource
from converter.weights.torch_file import TorchFile, torch_tensors
from converter.weights.weight_file import WeightFile

__all__ = [
    "LENGTH_BYTES",
    "MAX_HEADER_BYTES",
    "Header",
    "MappedFile",
    "SafetensorsFile",
    "TensorInfo",
    "TensorSource",
    "TorchFile",
    "WeightFile",
    "WeightsError",
    "check_finite",
    "header_size",
    "open_weights",
    "parse_header",
    "torch_tensors",
]
