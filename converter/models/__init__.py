"""What is this file, and where in it is each parameter? Architecture, configs, key names, tokenizer.

Main types: `Model` (recognised, weights still in their files), `StateDict` (parameter name to tensor), `KeyMaps`.
This room decides from key names and shapes alone, reads no weights, and never touches the network.
"""

from converter.models.architectures import FAMILIES, Family, family_of_architecture
from converter.models.configs import CLASSES, Part, graph_config, read_object, shipped
from converter.models.controlnet import open_controlnet
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Graph, Model, Pipeline, part_of, pooled_width
from converter.models.model_files import MAX_SMALL_BYTES, LocalFiles, ModelFiles
from converter.models.open_model import open_model
from converter.models.prediction import Prediction
from converter.models.said import Said
from converter.models.signatures import names_of
from converter.models.single_part import Found
from converter.models.state_dict import StateDict
from converter.models.tokenizer import extended_tokenizer
from converter.models.vae import families_of_vae, open_vae, with_vae

__all__ = [
    "CLASSES",
    "FAMILIES",
    "MAX_SMALL_BYTES",
    "Family",
    "Found",
    "Graph",
    "KeyMaps",
    "LocalFiles",
    "Model",
    "ModelError",
    "ModelFiles",
    "Part",
    "Pipeline",
    "Prediction",
    "Said",
    "StateDict",
    "extended_tokenizer",
    "families_of_vae",
    "family_of_architecture",
    "graph_config",
    "names_of",
    "open_controlnet",
    "open_model",
    "open_vae",
    "part_of",
    "pooled_width",
    "read_object",
    "shipped",
    "with_vae",
]
