"""A blended model in the layouts of torch programs: one checkpoint with the original keys, or a diffusers folder.

Main type: `OriginalTensor` (a tensor of a checkpoint and the parameters that it is made of). `original_tensors` is the
key table, `write_safetensors` streams a file. Key tables are pure. This room fetches nothing, blends nothing and knows
no registry.
"""

from converter.torch_layouts.checkpoint import write_checkpoint
from converter.torch_layouts.checkpoint_keys import original_tensors
from converter.torch_layouts.errors import LayoutError
from converter.torch_layouts.folder import folder_tensors, small_files
from converter.torch_layouts.metadata import Blend, Labels, checkpoint_metadata
from converter.torch_layouts.original_tensor import OriginalTensor
from converter.torch_layouts.safetensors_writer import SafetensorsTensor, write_safetensors
from converter.torch_layouts.same_model import require_same_model

__all__ = [
    "Blend",
    "Labels",
    "LayoutError",
    "OriginalTensor",
    "SafetensorsTensor",
    "checkpoint_metadata",
    "folder_tensors",
    "original_tensors",
    "require_same_model",
    "small_files",
    "write_checkpoint",
    "write_safetensors",
]
