"""What is this file, and where in it is each parameter? Architecture, configs, key names, tokenizer.

Main types: `Model` (recognised, weights still in their files), `StateDict` (parameter name to tensor), `KeyMaps`.
This room decides from key names and shapes alone, reads no weights, and never touches the network.
"""

from converter.models.configs import Part
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Model
from converter.models.model_files import LocalFiles, ModelFiles
from converter.models.open_model import open_model
from converter.models.state_dict import StateDict

__all__ = ["KeyMaps", "LocalFiles", "Model", "ModelError", "ModelFiles", "Part", "StateDict", "open_model"]
