"""Diffusers repositories of the Hugging Face Hub: the files that a conversion needs, at one commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converter.progress import Progress, Report
from converter.registry import HubSource
from converter.sources.errors import SourceError
from converter.sources.fetched import Fetched
from converter.sources.huggingface_errors import explained

_NEEDED = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "unet/config.json",
    "vae/config.json",
)
_NEEDED_FOLDERS = ("tokenizer/",)
_WEIGHTS = (
    ("text_encoder/model", "text_encoder/pytorch_model"),
    ("unet/diffusion_pytorch_model", "unet/diffusion_pytorch_model"),
    ("vae/diffusion_pytorch_model", "vae/diffusion_pytorch_model"),
)
"""How each component's weights begin, as safetensors and as torch's `.bin`."""
_SHARD = re.compile(r"-\d+-of-\d+$")


@dataclass(frozen=True)
class HubAccess:
    """How to reach the Hugging Face Hub."""

    endpoint: str | None = None
    """`None` means the public Hub."""
    token: str | None = None


def fetch_hub(source: HubSource, access: HubAccess, report: Report) -> Fetched:
    """Download a diffusers repository into huggingface_hub's own cache, without what is not converted.

    Args:
        source: the repository, perhaps with a revision.
        access: endpoint and token.
        report: called before and after the download.

    Raises:
        SourceError: it is missing, gated, or not a diffusers pipeline.
        SourceUnreachable: the Hub does not answer.
    """
    import huggingface_hub as hub

    wanted = source.revision
    api = hub.HfApi(endpoint=access.endpoint, token=access.token)
    with explained(source.repo, wanted):
        info = api.model_info(source.repo, revision=wanted, files_metadata=True)
        commit = str(info.sha)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
        files = _needed(source.repo, list(sizes))
        total = sum(sizes[name] for name in files)
        task = f"{source.repo}@{commit[:8]}: downloading"
        report(Progress(task, 0, total, "bytes"))
        folder = api.snapshot_download(source.repo, revision=commit, allow_patterns=files)
        report(Progress(task, total, total, "bytes"))
    return Fetched(Path(folder), source.display(), commit)


def _needed(repo: str, files: Sequence[str]) -> list[str]:
    missing = [name for name in _NEEDED if name not in files]
    if "model_index.json" in missing:
        checkpoints = [name for name in files if name.endswith((".safetensors", ".ckpt")) and "/" not in name]
        also = (
            f" (it has {', '.join(checkpoints[:3])}: name one, huggingface://{repo}/{checkpoints[0]})"
            if checkpoints
            else ""
        )
        raise SourceError(f"{repo}: there is no model_index.json, expected a diffusers pipeline{also}")
    weights = [_weights(files, *names) for names in _WEIGHTS]
    missing += [f"{names[0]}.safetensors" for names, found in zip(_WEIGHTS, weights, strict=True) if not found]
    if missing:
        raise SourceError(
            f"{repo}: there is no {', '.join(missing)}; expected a Stable Diffusion pipeline with its weights as "
            "safetensors or .bin, in one file or in shards; other formats and variants are not built yet"
        )
    chosen = {*_NEEDED, *(name for found in weights for name in found)}
    return [name for name in files if name in chosen or name.startswith(_NEEDED_FOLDERS)]


def _weights(files: Sequence[str], safetensors: str, torch: str) -> list[str]:
    """The weight files of one component in the form that is read: safetensors before `.bin`, one file before shards."""
    for stem, suffix in ((safetensors, ".safetensors"), (torch, ".bin")):
        if stem + suffix in files:
            return [stem + suffix]
        index = f"{stem}{suffix}.index.json"
        if index in files:
            return [index, *(name for name in files if _is_shard(name, stem, suffix))]
    return []


def _is_shard(name: str, stem: str, suffix: str) -> bool:
    """`STEM-00001-of-00002SUFFIX`; variants have another word between."""
    middle = name.removeprefix(stem).removesuffix(suffix)
    return name.startswith(stem) and name.endswith(suffix) and _SHARD.fullmatch(middle) is not None
