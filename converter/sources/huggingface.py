"""Diffusers repositories of the Hugging Face Hub: the files that a conversion needs, at one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from converter.progress import Progress, Report
from converter.registry import HubSource
from converter.sources.errors import SourceError, SourceUnreachable
from converter.sources.fetched import Fetched

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
    with _explained(source.repo, wanted):
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
            f" (it has {', '.join(checkpoints[:3])}: single files of the Hub are not built yet)" if checkpoints else ""
        )
        raise SourceError(f"{repo}: there is no model_index.json, expected a diffusers pipeline{also}")
    if missing:
        raise SourceError(
            f"{repo}: there is no {', '.join(missing)}; expected a Stable Diffusion pipeline with safetensors weights, "
            "other formats and variants are not built yet"
        )
    return [name for name in files if name in _NEEDED or name.startswith(_NEEDED_FOLDERS)]


@contextmanager
def _explained(repo: str, revision: str | None) -> Iterator[None]:
    """Turn the client's errors into ours: which repository, what is wrong with it, what to do."""
    from huggingface_hub import errors

    at = f"{repo}@{revision}" if revision else repo
    try:
        yield
    except errors.GatedRepoError as error:
        raise SourceError(
            f"{at}: gated; accept its terms on the Hub and set HF_TOKEN to a token that may read it"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise SourceError(
            f"{repo}: there is no revision {revision!r}; expected a branch, tag or commit of it"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise SourceError(
            f"{at}: missing, renamed or private; check the name, write ./{repo} for a local folder, "
            "or set HF_TOKEN to a token that may read it"
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (408, 429) or status >= 500:
            raise SourceUnreachable(f"{at}: the Hub answered {status}; try again later") from error
        raise SourceError(
            f"{at}: the Hub answered {status}, expected the repository; check the name and HF_TOKEN"
        ) from error
    except (errors.LocalEntryNotFoundError, ConnectionError, TimeoutError, _network_error()) as error:
        raise SourceUnreachable(f"{at}: the Hub does not answer ({type(error).__name__}); try again later") from error


def _network_error() -> type[Exception]:
    """The base of what the client's HTTP library raises when there is no answer."""
    import httpx2

    base: type[Exception] = httpx2.TransportError
    return base
