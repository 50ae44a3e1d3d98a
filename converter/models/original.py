"""Original checkpoints (CompVis' layout, one file): from keys and shapes to configs and state dicts."""

from collections.abc import Iterable, Mapping

from converter.canonical import JsonObject
from converter.listing import first_ten
from converter.models.architectures import Shapes, recognise
from converter.models.averages import UNET, averaged
from converter.models.configs import Part, graph_config, shipped
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps
from converter.models.leftovers import is_leftover
from converter.models.model import Model
from converter.models.original_configs import text_encoder_config, unet_config, vae_config
from converter.models.state_dict import StateDict, TensorRef
from converter.models.tokenizer import tokenizer_files
from converter.weights import WeightFile


def open_checkpoint(file: WeightFile, key_maps: KeyMaps) -> Model:
    """The model in a single-file checkpoint of Stable Diffusion 1.x, which closes the file, also on failure.

    Raises:
        ModelError: it is another architecture, or has keys that nothing uses.
    """
    try:
        return _recognised(file, key_maps)
    except BaseException:
        file.close()
        raise


def _recognised(file: WeightFile, key_maps: KeyMaps) -> Model:
    where = file.name
    shapes = {name: file.info(name).shape for name in file.names}
    architecture = recognise(shapes, where).name
    averages = averaged(shapes, where)
    configs: dict[Part, JsonObject] = {
        "text_encoder": text_encoder_config(shapes, where),
        "unet": unet_config(shapes, where),
        "vae": vae_config(shapes, where),
    }
    graph_configs = {part: graph_config(part, config, where) for part, config in configs.items()}
    try:
        maps = key_maps.get(_parameters(shapes, averages), graph_configs)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from error
    state_dicts = {
        part: StateDict(
            {
                target: TensorRef(file, averages.get(source.key, source.key), source.shape)
                for target, source in mapped.items()
            }
        )
        for part, mapped in maps.items()
    }
    used = {ref.key for part in state_dicts.values() for ref in part.refs.values()}
    _require_all_used(set(shapes) - used - averages.keys(), where)
    replaced = (f"{UNET}*",) if averages else ()
    return Model(
        architecture=architecture,
        layout="original-ema" if averages else "original",
        configs=configs,
        graph_configs=graph_configs,
        state_dicts=state_dicts,
        tokenizer=tokenizer_files(),
        scheduler=shipped(architecture, "scheduler"),
        files={file.name: file},
        leftovers=(*sorted(name for name in shapes if is_leftover(name)), *replaced),
    )


def _parameters(shapes: Shapes, averages: Mapping[str, str]) -> Shapes:
    """Without what belongs to training; averages have the shapes of the plain weights, and unknown names."""
    copies = set(averages.values())
    return {name: shape for name, shape in shapes.items() if not is_leftover(name) and name not in copies}


def _require_all_used(unused: Iterable[str], where: str) -> None:
    unexpected = sorted(name for name in unused if not is_leftover(name))
    if unexpected:
        counted = "1 unexpected key" if len(unexpected) == 1 else f"{len(unexpected)} unexpected keys"
        raise ModelError(
            f"{where}: {counted}: {first_ten(unexpected)}; expected only the "
            "parameters of Stable Diffusion 1.x and known leftovers of training. Was something merged into the file?"
        )
