"""Open what a source gave: a diffusers folder or a single file."""

from pathlib import Path

from converter.models.diffusers_folder import open_folder
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Model
from converter.models.original import open_checkpoint


def open_model(path: Path, key_maps: KeyMaps) -> Model:
    """Recognise and open the model at `path`; nothing of its weights is read yet.

    Raises:
        ModelError: there is nothing, or it is not a model that this version builds.
        WeightsError: a weight file is damaged or not what its name says.
    """
    if path.is_dir():
        return open_folder(path)
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file or folder; expected a diffusers folder or a checkpoint")
    return open_checkpoint(path, key_maps)
