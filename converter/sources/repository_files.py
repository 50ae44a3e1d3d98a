"""Which files of a Hub repository a conversion needs, by what the repository is. Pure: lists of names in and out."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from converter.sources.errors import SourceError


class SourceKind(StrEnum):
    """What a source is wanted for; a single file is one file in any case."""

    PIPELINE = "pipeline"
    VAE = "vae"
    CONTROLNET = "controlnet"


_TRANSFORMERS = ("model", "pytorch_model")
_DIFFUSERS = ("diffusion_pytorch_model", "diffusion_pytorch_model")
_MODELS = {
    "text_encoder": _TRANSFORMERS,
    "text_encoder_2": _TRANSFORMERS,
    "unet": _DIFFUSERS,
    "vae": _DIFFUSERS,
}
"""Folder of each torch model of a pipeline, and how its weights begin, as safetensors and as torch's `.bin`."""
_ALWAYS = ("unet", "vae")
_ENCODERS = ("text_encoder", "text_encoder_2")
"""A pipeline has one of them, or both."""
_PIPELINE = ("model_index.json", "scheduler/scheduler_config.json")
_ALSO = ("low_res_scheduler/scheduler_config.json",)
_FOLDERS = ("tokenizer/", "tokenizer_2/")
_SHARD = re.compile(r"-\d+-of-\d+$")
_VARIANTS = ("", ".fp16")
"""The whole numbers first; a repository may have nothing but a variant."""


def needed(repo: str, files: Sequence[str], kind: SourceKind = SourceKind.PIPELINE) -> list[str]:
    """The files that a conversion needs, of all `files` of a repository.

    Raises:
        SourceError: it is not of that kind, or lacks one of them.
    """
    if kind is not SourceKind.PIPELINE:
        return _of_one_model(repo, files, kind)
    if "model_index.json" not in files:
        raise SourceError(f"{repo}: there is no model_index.json, expected a diffusers pipeline{_hint(repo, files)}")
    models = _models(files)
    configs = [*_PIPELINE, *(f"{folder}/config.json" for folder in models)]
    weights = {folder: _weights(files, f"{folder}/", _MODELS[folder]) for folder in models}
    missing = [
        *(name for name in configs if name not in files),
        *(f"{folder}/{_MODELS[folder][0]}.safetensors" for folder, found in weights.items() if not found),
    ]
    if missing:
        raise _lacks(repo, missing)
    chosen = {*configs, *_ALSO, *(name for found in weights.values() for name in found)}
    return [name for name in files if name in chosen or name.startswith(_FOLDERS)]


def _models(files: Sequence[str]) -> list[str]:
    """The folders of torch models: those that every pipeline has, and those of the text encoders that this one has."""
    encoders = [folder for folder in _ENCODERS if any(name.startswith(f"{folder}/") for name in files)]
    return [*(encoders or _ENCODERS[:1]), *_ALWAYS]


def _of_one_model(repo: str, files: Sequence[str], kind: SourceKind) -> list[str]:
    """A model of its own at the root, or the one in a pipeline's folder of that name."""
    inside = next((place for place in ("", f"{kind}/") if f"{place}config.json" in files), None)
    if inside is None:
        raise SourceError(
            f"{repo}: there is neither config.json nor {kind}/config.json, expected a {kind}{_hint(repo, files)}"
        )
    weights = _weights(files, inside, _DIFFUSERS)
    if not weights:
        raise _lacks(repo, [f"{inside}{_DIFFUSERS[0]}.safetensors"])
    return [name for name in files if name == f"{inside}config.json" or name in weights]


def _lacks(repo: str, missing: Sequence[str]) -> SourceError:
    return SourceError(
        f"{repo}: there is no {', '.join(missing)}; expected a diffusers repository with its weights as safetensors or "
        ".bin, in one file or in shards; other formats are not built"
    )


def _hint(repo: str, files: Sequence[str]) -> str:
    checkpoints = [name for name in files if name.endswith((".safetensors", ".ckpt")) and "/" not in name]
    if not checkpoints:
        return ""
    return f" (it has {', '.join(checkpoints[:3])}: name one, huggingface://{repo}/{checkpoints[0]})"


def _weights(files: Sequence[str], place: str, names: tuple[str, str]) -> list[str]:
    """The weight files of one component in the form that is read: safetensors before `.bin`, one file before shards."""
    return next((found for found in _forms(files, place, names) if found), [])


def _forms(files: Sequence[str], place: str, names: tuple[str, str]) -> Iterator[list[str]]:
    for variant in _VARIANTS:
        for name, suffix in zip(names, (".safetensors", ".bin"), strict=True):
            stem, end = place + name, variant + suffix
            if stem + end in files:
                yield [stem + end]
            index = f"{stem}{end}.index.json"
            if index in files and not variant:
                yield [index, *(name for name in files if _is_shard(name, stem, suffix))]


def _is_shard(name: str, stem: str, suffix: str) -> bool:
    """`STEM-00001-of-00002SUFFIX`; variants in shards are not built."""
    middle = name.removeprefix(stem).removesuffix(suffix)
    return name.startswith(stem) and name.endswith(suffix) and _SHARD.fullmatch(middle) is not None
