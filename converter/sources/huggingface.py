"""Diffusers repositories of the Hugging Face Hub: the files that a conversion needs, at one commit."""

from __future__ import annotations

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
    "text_encoder/model.safetensors",
    "unet/config.json",
    "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
)
_NEEDED_FOLDERS = ("tokenizer/",)


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
        SourceError: it is missing, gated, or not a diffusers pipeline with safetensors weights.
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
    if missing:
        raise SourceError(
            f"{repo}: there is no {', '.join(missing)}; expected a Stable Diffusion pipeline with safetensors weights, "
            "other formats and variants are not built yet"
        )
    return [name for name in files if name in _NEEDED or name.startswith(_NEEDED_FOLDERS)]
