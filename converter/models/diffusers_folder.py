"""Diffusers folders: configs, weights, tokenizer and scheduler, each in its place."""

from collections.abc import Iterable
from contextlib import ExitStack

from converter.canonical import JsonObject
from converter.models.configs import Part, graph_config, read_object, shipped
from converter.models.errors import ModelError
from converter.models.folder_weights import open_component
from converter.models.model import Model
from converter.models.model_files import MAX_SMALL_BYTES, ModelFiles
from converter.models.state_dict import StateDict, TensorRef
from converter.models.tokenizer import complete_tokenizer
from converter.weights import WeightFile

_CLASSES: dict[Part, str] = {
    "text_encoder": "CLIPTextModel",
    "unet": "UNet2DConditionModel",
    "vae": "AutoencoderKL",
}
_PIPELINES = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")
_TOKENIZER_FILES = (
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)

# Names of the VAE's attention before diffusers 0.12, which most Stable Diffusion 1.x folders on the Hub still have.
# Source: https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/models/modeling_utils.py
#         (`_convert_deprecated_attention_blocks`), Apache-2.0
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


def open_folder(folder: ModelFiles) -> Model:
    """Open a diffusers folder of a Stable Diffusion 1.x pipeline.

    Raises:
        ModelError: it is another pipeline, or something is missing.
        WeightsError: a weight file cannot be read.
    """
    index = _read(folder, "model_index.json")
    _require_pipeline(index, folder.name)
    configs: dict[Part, JsonObject] = {part: _config(folder, part) for part in _CLASSES}
    graph_configs = {part: graph_config(part, raw, f"{part}/config.json") for part, raw in configs.items()}
    _require_sd1(graph_configs, folder.name)
    with ExitStack() as opened:
        components = {part: open_component(folder, part, opened) for part in _CLASSES}
        state_dicts = {part: _state_dict(part, files.values()) for part, files in components.items()}
        tokenizer = complete_tokenizer(_tokenizer(folder))
        scheduler = _read(folder, "scheduler/scheduler_config.json")
        opened.pop_all()
    files = {path: file for shards in components.values() for path, file in shards.items()}
    return Model(
        architecture="sd1",
        layout="diffusers",
        configs=configs,
        graph_configs=graph_configs,
        state_dicts=state_dicts,
        tokenizer=tokenizer,
        scheduler=scheduler,
        files=files,
        leftovers=tuple(name for file in files.values() for name in file.names if name.endswith("position_ids")),
    )


def _require_pipeline(index: JsonObject, where: str) -> None:
    found = index.get("_class_name")
    if found not in _PIPELINES:
        raise ModelError(
            f"{where}/model_index.json: the pipeline is {found!r}, expected {' or '.join(_PIPELINES)}; "
            "this version builds Stable Diffusion 1.x"
        )
    for part, expected in _CLASSES.items():
        component = index.get(part)
        name = component[1] if isinstance(component, list) and len(component) == 2 else component
        if name != expected:
            raise ModelError(f"{where}/model_index.json: {part} is {name!r}, expected {expected!r}")


def _require_sd1(configs: dict[Part, JsonObject], where: str) -> None:
    unet, text = configs["unet"], configs["text_encoder"]
    later = "not built yet, this version builds Stable Diffusion 1.x text-to-image models"
    if unet["addition_embed_type"] is not None:
        raise ModelError(f"{where}: unet/config.json has addition_embed_type, this is Stable Diffusion XL: {later}")
    if unet["use_linear_projection"]:
        raise ModelError(f"{where}: unet/config.json has use_linear_projection, this is Stable Diffusion 2.x: {later}")
    if unet["in_channels"] != 4 or unet["class_embed_type"] or unet["num_class_embeds"] or unet["time_cond_proj_dim"]:
        raise ModelError(
            f"{where}: the UNet takes {unet['in_channels']} channels and perhaps class or guidance embeddings, "
            f"expected 4 channels and no more: {later}"
        )
    if unet["cross_attention_dim"] != text["hidden_size"]:
        raise ModelError(
            f"{where}: the UNet attends to a width of {unet['cross_attention_dim']}, the text encoder has "
            f"{text['hidden_size']}; expected one number, these are parts of two models"
        )


def _config(folder: ModelFiles, part: Part) -> JsonObject:
    """A component's config as it is published: with the two fields that clients insist on, if it lacks them."""
    raw = _read(folder, f"{part}/config.json")
    defaults = shipped("sd1", part)
    needed = {"unet": ("time_cond_proj_dim",), "vae": ("scaling_factor",)}.get(part, ())
    return {**raw, **{name: defaults[name] for name in needed if name not in raw}}


def _state_dict(part: Part, files: Iterable[WeightFile]) -> StateDict:
    refs: dict[str, TensorRef] = {}
    for file, key in ((opened, key) for opened in files for key in opened.names):
        name = _parameter(part, key)
        if name is None:
            continue
        if name in refs:
            raise ModelError(f"{file.name}: {refs[name].key} and {key} are both {name}, expected one of them")
        refs[name] = TensorRef(file, key, file.info(key).shape)
    return StateDict(refs)


def _parameter(part: Part, key: str) -> str | None:
    """The parameter that a key of a diffusers folder holds; `None` for CLIP's `position_ids`, which are 0 to N-1."""
    if part == "text_encoder":
        # transformers 5 saves without the prefix that transformers 4, and all consumers, know.
        return None if key.endswith("embeddings.position_ids") else f"text_model.{key.removeprefix('text_model.')}"
    if part == "vae" and ".attentions." in key:
        head, _, rest = key.rpartition(".attentions.")
        number, _, name = rest.partition(".")
        old, dot, leaf = name.partition(".")
        return f"{head}.attentions.{number}.{_OLD_ATTENTION.get(old, old)}{dot}{leaf}"
    return key


def _tokenizer(folder: ModelFiles) -> dict[str, bytes]:
    present = set(folder.names())
    names = [name for name in _TOKENIZER_FILES if f"tokenizer/{name}" in present]
    return {name: folder.read(f"tokenizer/{name}", MAX_SMALL_BYTES) for name in names}


def _read(folder: ModelFiles, name: str) -> JsonObject:
    if name not in set(folder.names()):
        raise ModelError(
            f"{folder.name}: there is no {name}; expected a diffusers folder as `save_pretrained` writes it"
        )
    return read_object(folder.read(name, MAX_SMALL_BYTES), f"{folder.name}/{name}")
