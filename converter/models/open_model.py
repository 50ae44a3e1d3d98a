"""Open what a source gave: a diffusers folder or a single file."""

from pathlib import Path

from converter.models.diffusers_folder import open_folder
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Model
from converter.models.original import open_checkpoint

_EXACT_DTYPES = ("F32", "F16", "BF16")


def open_model(path: Path, key_maps: KeyMaps) -> Model:
    """Recognise and open the model at `path`; nothing of its weights is read yet.

    Raises:
        ModelError: there is nothing, or it is not a model that this version builds.
        WeightsError: a weight file is damaged or not what its name says.
    """
    if path.is_dir():
        model = open_folder(path)
    elif path.is_file():
        model = open_checkpoint(path, key_maps)
    else:
        raise ModelError(f"{path}: there is no such file or folder; expected a diffusers folder or a checkpoint")
    try:
        _require_exact_dtypes(model, path.name)
    except BaseException:
        model.close()
        raise
    return model


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
