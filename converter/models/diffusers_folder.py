"""Diffusers folders: configs, weights, tokenizers and schedulers, each in its place."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack

from converter.canonical import JsonObject
from converter.models.configs import Part, graph_config, read_object
from converter.models.errors import ModelError
from converter.models.folder_configs import family_of, flags_of, parts_of, published, variant_of
from converter.models.folder_weights import open_component
from converter.models.model import Model, Pipeline
from converter.models.model_files import MAX_SMALL_BYTES, ModelFiles
from converter.models.prediction import decide, evidence_of_scheduler, scheduler_for
from converter.models.said import Said, require_agreed
from converter.models.state_dict import StateDict, TensorRef
from converter.models.tokenizer import complete_tokenizer
from converter.weights import WeightFile

_TOKENIZER_FILES = (
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
_TOKENIZERS: Mapping[str, str] = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}

# Names of the VAE's attention before diffusers 0.12, which most Stable Diffusion 1.x folders on the Hub still have.
# Source: https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/models/modeling_utils.py
#         (`_convert_deprecated_attention_blocks`), Apache-2.0
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


def open_folder(folder: ModelFiles, said: Said) -> Model:
    """Open a diffusers folder of a Stable Diffusion pipeline.

    Raises:
        ModelError: it is another pipeline, contradicts what is said, or something is missing.
        WeightsError: a weight file cannot be read.
    """
    index = read_json(folder, "model_index.json")
    parts = parts_of(index, folder.name)
    raw: dict[Part, JsonObject] = {part: read_json(folder, f"{part}/config.json") for part in parts}
    graph_configs = {part: graph_config(part, config, f"{part}/config.json") for part, config in raw.items()}
    family = family_of(graph_configs, folder.name)
    architecture = variant_of(family, graph_configs["unet"], folder.name)
    require_agreed(said, architecture, folder.name)
    schedulers = _schedulers(folder, upscaler=family.name == "sd-x4-upscaler")
    prediction = decide(family, said, [evidence_of_scheduler(schedulers["scheduler"])], folder.name)
    with ExitStack() as opened:
        components = {part: open_component(folder, part, opened) for part in parts}
        state_dicts = {part: state_dict_of(part, files.values()) for part, files in components.items()}
        tokenizers = {_TOKENIZERS[part]: _tokenizer(folder, _TOKENIZERS[part]) for part in family.encoders}
        opened.pop_all()
    files = {path: file for shards in components.values() for path, file in shards.items()}
    return Model(
        architecture=architecture.name,
        title=architecture.title,
        layout="diffusers",
        configs={part: published(part, config, family) for part, config in raw.items()},
        graph_configs=graph_configs,
        state_dicts=state_dicts,
        tokenizers=tokenizers,
        schedulers={**schedulers, "scheduler": scheduler_for(schedulers["scheduler"], prediction)},
        pipeline=Pipeline(architecture.pipeline, flags_of(index)),
        prediction=prediction,
        files=files,
        leftovers=tuple(name for file in files.values() for name in file.names if name.endswith("position_ids")),
        control=said.control,
    )


def state_dict_of(part: Part, files: Iterable[WeightFile]) -> StateDict:
    """The state dict of a component whose files have diffusers' names.

    Raises:
        ModelError: a parameter is there twice.
    """
    refs: dict[str, TensorRef] = {}
    for file, key in ((opened, key) for opened in files for key in opened.names):
        name = _parameter(part, key)
        if name is None:
            continue
        if name in refs:
            raise ModelError(f"{file.name}: {refs[name].key} and {key} are both {name}, expected one of them")
        refs[name] = TensorRef(file, key, file.info(key).shape)
    return StateDict(refs)


def read_json(folder: ModelFiles, name: str) -> JsonObject:
    """A config of a folder.

    Raises:
        ModelError: it is missing, or no JSON object.
    """
    if name not in set(folder.names()):
        raise ModelError(
            f"{folder.name}: there is no {name}; expected a diffusers folder as `save_pretrained` writes it"
        )
    return read_object(folder.read(name, MAX_SMALL_BYTES), f"{folder.name}/{name}")


def _schedulers(folder: ModelFiles, *, upscaler: bool) -> dict[str, JsonObject]:
    names = ("scheduler", "low_res_scheduler") if upscaler else ("scheduler",)
    found = {name: read_json(folder, f"{name}/scheduler_config.json") for name in names}
    for name, config in found.items():
        if not isinstance(config.get("_class_name"), str):
            raise ModelError(f"{folder.name}/{name}/scheduler_config.json: there is no _class_name, expected one")
    return found


def _parameter(part: Part, key: str) -> str | None:
    """The parameter that a key of a diffusers folder holds; `None` for CLIP's `position_ids`, which are 0 to N-1."""
    if part == "text_encoder":
        # transformers 5 saves without the prefix that transformers 4, and all consumers, know.
        return None if key.endswith("embeddings.position_ids") else f"text_model.{key.removeprefix('text_model.')}"
    if part == "text_encoder_2":
        return None if key.endswith("embeddings.position_ids") else key
    if part == "vae" and ".attentions." in key:
        head, _, rest = key.rpartition(".attentions.")
        number, _, name = rest.partition(".")
        old, dot, leaf = name.partition(".")
        return f"{head}.attentions.{number}.{_OLD_ATTENTION.get(old, old)}{dot}{leaf}"
    return key


def _tokenizer(folder: ModelFiles, name: str) -> Mapping[str, bytes]:
    present = set(folder.names())
    paths = {file: f"{name}/{file}" for file in _TOKENIZER_FILES if f"{name}/{file}" in present}
    return complete_tokenizer({file: folder.read(path, MAX_SMALL_BYTES) for file, path in paths.items()})
