"""A part of a pipeline that comes alone: a VAE in the place of another one, or a ControlNet."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from converter.canonical import JsonObject
from converter.listing import first_ten
from converter.models.configs import CLASSES, Part, graph_config
from converter.models.diffusers_folder import read_json, state_dict_of
from converter.models.errors import ModelError
from converter.models.folder_weights import open_component
from converter.models.key_map import KeyMaps, Parameters
from converter.models.leftovers import is_leftover
from converter.models.model_files import ModelFiles
from converter.models.original_part import OriginalPart
from converter.models.signatures import Shapes
from converter.models.state_dict import StateDict, TensorRef
from converter.weights import WeightFile


@dataclass(frozen=True)
class Naming:
    """One way in which a single file names the tensors of a part."""

    prefix: str
    telling: str
    """A name, behind the prefix, that every such file has."""
    config: Callable[[OriginalPart], JsonObject]
    parameters: Callable[[Shapes, JsonObject], Parameters] | None
    """Where each parameter is; `None` where the names are diffusers' own."""


@dataclass(frozen=True)
class Alone:
    """How a part looks when it comes alone."""

    part: Part
    namings: tuple[Naming, ...]
    """The first that fits counts."""
    beside: tuple[str, ...]
    """Beginnings of keys of other parts that may be in the same file."""


@dataclass(frozen=True)
class Found:
    """A part, its weights still in their files."""

    config: JsonObject
    """As it is published."""
    graph_config: JsonObject
    state: StateDict
    files: Mapping[str, WeightFile]
    leftovers: tuple[str, ...]
    original: bool
    """Whether it has the original layout, which carries no config."""

    def close(self) -> None:
        """Close the weight files."""
        for file in self.files.values():
            file.close()


def open_alone(files: ModelFiles, alone: Alone, key_maps: KeyMaps) -> Found:
    """Open a part: from a folder of its own or of a pipeline that has it, or from a single file.

    Raises:
        ModelError: it is something else, or not all of it.
        WeightsError: a weight file is damaged or not what its name says.
    """
    return _from_file(files, alone, key_maps) if files.single else _from_folder(files, alone.part)


def _from_folder(files: ModelFiles, part: Part) -> Found:
    names = set(files.names())
    inside = next((place for place in ("", f"{part}/") if f"{place}config.json" in names), None)
    if inside is None:
        raise ModelError(
            f"{files.name}: there is neither config.json nor {part}/config.json; expected a folder of {CLASSES[part]}"
        )
    config = read_json(files, f"{inside}config.json")
    class_name = config.get("_class_name", CLASSES[part])
    if class_name != CLASSES[part]:
        raise ModelError(f"{files.name}/{inside}config.json: found {class_name!r}, expected {CLASSES[part]!r}")
    graph = graph_config(part, config, f"{files.name}/{inside}config.json")
    with ExitStack() as opened:
        shards = open_component(files, part, opened, inside=inside)
        state = state_dict_of(part, shards.values())
        opened.pop_all()
    return Found(config, graph, state, shards, (), original=False)


def _from_file(files: ModelFiles, alone: Alone, key_maps: KeyMaps) -> Found:
    file = files.weights(files.name)
    try:
        return _recognised(file, alone, key_maps)
    except BaseException:
        file.close()
        raise


def _recognised(file: WeightFile, alone: Alone, key_maps: KeyMaps) -> Found:
    shapes = {name: file.info(name).shape for name in file.names}
    naming = next((naming for naming in alone.namings if naming.prefix + naming.telling in shapes), None)
    if naming is None:
        known = " or ".join(dict.fromkeys(naming.prefix + naming.telling for naming in alone.namings))
        raise ModelError(
            f"{file.name}: found {first_ten(sorted(shapes))}; expected a file of {CLASSES[alone.part]}, which has "
            f"{known}"
        )
    beside = {name for name in shapes if is_leftover(name) or (naming.prefix and name.startswith(alone.beside))}
    own = {name: shape for name, shape in shapes.items() if name not in beside}
    config = naming.config(OriginalPart(own, naming.prefix, file.name))
    graph = graph_config(alone.part, config, file.name)
    mapped = _parameters(alone.part, own, naming, graph, key_maps)
    state = state_dict_of(alone.part, [file]) if mapped is None else _state_dict(file, mapped)
    unexpected = sorted(own.keys() - {ref.key for ref in state.refs.values()})
    if unexpected:
        counted = "1 unexpected key" if len(unexpected) == 1 else f"{len(unexpected)} unexpected keys"
        raise ModelError(
            f"{file.name}: {counted}: {first_ten(unexpected)}; expected only the parameters of {CLASSES[alone.part]}"
        )
    original = naming.parameters is not None
    return Found(config, graph, state, {file.name: file}, tuple(sorted(beside)), original=original)


def _parameters(part: Part, own: Shapes, naming: Naming, config: JsonObject, key_maps: KeyMaps) -> Parameters | None:
    make = naming.parameters
    return None if make is None else key_maps.get(part, own, config, lambda: make(own, config))


def _state_dict(file: WeightFile, mapped: Parameters) -> StateDict:
    return StateDict({target: TensorRef(file, source.key, source.shape) for target, source in mapped.items()})
