"""Weight files, opened as named tensors that stay on disk until they are looked at.

`open_weights` gives such a file, a `MappedFile`: a `SafetensorsFile` or a `TorchFile` (`.ckpt`, `.pt`, `.pth`, `.bin`),
told by what it holds; `WeightFile` is what it offers, wherever it is; `open_saved` opens one that was saved in another
form than a state dict, as a `SavedFile`. `TensorSource` is its
tensors alone, `TensorInfo` what is known about a tensor before it is read, `Header` all of these of one safetensors
file, `check_finite` the guard against NaN and infinities. `open_headers` gives a `HeaderFile`, a `WeightFile` of which
only the headers were read: of a file that is far away, through any function that reads stretches of it (`ReadAt`).

A weight file comes from a stranger: this room reads it as data, checks every size before it maps a byte, and never
executes any of it. It knows nothing of models and imports no torch.
"""

from converter.weights.blocks import BLOCK_SIZE, from_blocks, in_blocks
from converter.weights.errors import WeightsError
from converter.weights.finite import check_finite
from converter.weights.header import LENGTH_BYTES, MAX_HEADER_BYTES, Header, header_size, parse_header
from converter.weights.header_file import HeaderFile, open_headers
from converter.weights.mapped_file import MappedFile
from converter.weights.narrowing import LARGEST_FLOAT16, as_float16
from converter.weights.open_weights import open_weights
from converter.weights.reading import ReadAt
from converter.weights.safetensors_file import SafetensorsFile
from converter.weights.saved import Saved, SavedFile, SavedTensor, open_saved
from converter.weights.scope import Scope
from converter.weights.tensors import TensorInfo, TensorSource
from converter.weights.torch_file import TorchFile, torch_tensors
from converter.weights.weight_file import WeightFile
from converter.weights.widening import as_float32

__all__ = [
    "BLOCK_SIZE",
    "LARGEST_FLOAT16",
    "LENGTH_BYTES",
    "MAX_HEADER_BYTES",
    "Header",
    "HeaderFile",
    "MappedFile",
    "ReadAt",
    "SafetensorsFile",
    "Saved",
    "SavedFile",
    "SavedTensor",
    "Scope",
    "TensorInfo",
    "TensorSource",
    "TorchFile",
    "WeightFile",
    "WeightsError",
    "as_float16",
    "as_float32",
    "check_finite",
    "from_blocks",
    "header_size",
    "in_blocks",
    "open_headers",
    "open_saved",
    "open_weights",
    "parse_header",
    "torch_tensors",
]
