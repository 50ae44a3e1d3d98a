"""Open what a source gave: a diffusers folder or a single file."""

from pathlib import Path

from converter.models.diffusers_folder import open_folder
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Model
from converter.models.model_files import LocalFiles, ModelFiles
from converter.models.original import open_checkpoint

_EXACT_DTYPES = ("F32", "F16", "BF16")


def open_model(place: Path | ModelFiles, key_maps: KeyMaps) -> Model:
    """Recognise and open a model: a diffusers folder or a single checkpoint; nothing of its weights is read yet.

    Raises:
        ModelError: there is nothing, or it is not a model that this version builds.
        WeightsError: a weight file is damaged or not what its name says.
    """
    files = _local(place) if isinstance(place, Path) else place
    model = open_checkpoint(files.weights(files.name), key_maps) if files.single else open_folder(files)
    try:
        _require_exact_dtypes(model, files.name)
    except BaseException:
        model.close()
        raise
    return model


def _local(path: Path) -> LocalFiles:
    if not path.is_dir() and not path.is_file():
        raise ModelError(f"{path}: there is no such file or folder; expected a diffusers folder or a checkpoint")
    return LocalFiles(path)


def _require_exact_dtypes(model: Model, where: str) -> None:
    """Refuse weights that float32 cannot hold exactly: a release has the numbers of its source, or there is none."""
    for part, state in model.state_dicts.items():
        for name, ref in state.refs.items():
            dtype = ref.file.info(ref.key).dtype
            if dtype not in _EXACT_DTYPES:
                raise ModelError(
                    f"{where}: {part} {name} is stored as {dtype}, expected {', '.join(_EXACT_DTYPES)}; "
                    "save the model again in one of these"
                )
