"""What is in a file or a folder? Decided by its keys, or by its configs; its name says nothing."""

from contextlib import closing
from enum import StrEnum

from converter.blend import BlendError
from converter.blend.inversion import recognise
from converter.blend.lora import LoraHeader, is_lora
from converter.models import CLASSES, FAMILIES, MAX_SMALL_BYTES, ModelFiles, names_of, read_object
from converter.weights import SavedTensor, WeightFile


class Content(StrEnum):
    """What is told apart; what is none of it counts as a model, so that its reader says what it is instead."""

    MODEL = "model"
    CONTROLNET = "controlnet"
    VAE = "vae"
    LORA = "lora"
    INVERSION = "inversion"


_OF_CLASSES = {CLASSES["vae"]: Content.VAE, CLASSES["controlnet"]: Content.CONTROLNET}


def content_of(files: ModelFiles) -> Content:
    """What is in a folder or a single file.

    Raises:
        ModelError: a config is no JSON object.
        WeightsError: the file is damaged, or its pickle holds no state dict.
        SourceError: it cannot be read.
    """
    if files.single:
        with closing(files.weights(files.name)) as file:
            return _of_file(file)
    names = set(files.names())
    if "model_index.json" in names or "config.json" not in names:
        return Content.MODEL
    config = read_object(files.read("config.json", MAX_SMALL_BYTES), f"{files.name}/config.json")
    return _OF_CLASSES.get(str(config.get("_class_name")), Content.MODEL)


def _of_file(file: WeightFile) -> Content:
    shapes = {name: file.info(name).shape for name in file.names}
    names = names_of(shapes)
    if "controlnet" in names:  # also with the model that it was trained on, which its authors left in the file
        return Content.CONTROLNET
    if names & FAMILIES.keys():
        return Content.MODEL
    if is_lora(LoraHeader(file.name, file, file.metadata)):
        return Content.LORA
    if "vae" in names:
        return Content.VAE
    try:
        recognise({name: SavedTensor(name, shape) for name, shape in shapes.items()})
    except BlendError:
        return Content.MODEL
    return Content.INVERSION
