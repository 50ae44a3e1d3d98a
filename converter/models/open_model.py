"""Open what a source gave: a diffusers folder or a single file."""

from collections.abc import Mapping
from pathlib import Path

from converter.models.configs import Part
from converter.models.diffusers_folder import open_folder
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.model import Model
from converter.models.model_files import LocalFiles, ModelFiles
from converter.models.original import open_checkpoint
from converter.models.said import Said
from converter.models.state_dict import StateDict

_EXACT_DTYPES = ("F32", "F16", "BF16")


def open_model(place: Path | ModelFiles, key_maps: KeyMaps, said: Said | None = None) -> Model:
    """Recognise and open a model: a diffusers folder or a single checkpoint; nothing of its weights is read yet.

    Args:
        place: where it is.
        key_maps: for original checkpoints.
        said: what its entry says about it.

    Raises:
        ModelError: there is nothing, or it is not a model that this version builds, or not what was said.
        WeightsError: a weight file is damaged or not what its name says.
    """
    files = _local(place) if isinstance(place, Path) else place
    wanted = said or Said()
    model = open_checkpoint(files.weights(files.name), key_maps, wanted) if files.single else open_folder(files, wanted)
    return checked(model, files.name)


def checked(model: Model, where: str) -> Model:
    """A model whose weights float32 can hold exactly; another one is closed.

    Raises:
        ModelError: see `require_exact`.
    """
    try:
        require_exact(model.state_dicts, where)
    except BaseException:
        model.close()
        raise
    return model


def require_exact(state_dicts: Mapping[Part, StateDict], where: str) -> None:
    """Check that float32 can hold every weight exactly: a release has the numbers of its source, or there is none.

    Raises:
        ModelError: one is stored in another dtype.
    """
    for part, state in state_dicts.items():
        for name, ref in state.refs.items():
            dtype = ref.file.info(ref.key).dtype
            if dtype not in _EXACT_DTYPES:
                raise ModelError(
                    f"{where}: {part} {name} is stored as {dtype}, expected {', '.join(_EXACT_DTYPES)}; "
                    "save the model again in one of these"
                )


def _local(path: Path) -> LocalFiles:
    if not path.is_dir() and not path.is_file():
        raise ModelError(f"{path}: there is no such file or folder; expected a diffusers folder or a checkpoint")
    return LocalFiles(path)
