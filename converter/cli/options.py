"""The options that several commands share, and what they mean on this machine. The environment is read here.

Rooms are imported by the function that needs them, here and in the commands, so that `--help` is there at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.measures import size_bytes

if TYPE_CHECKING:
    from converter.hub import HubAddress, Store
    from converter.sources import CivitaiAccess, HubAccess, SourcePolicy
    from converter.workshop import Workshop

RegistryOption = Annotated[
    Path, typer.Option("--registry", metavar="FILE", help="The registry; relative sources start at its repository.")
]
HubOption = Annotated[
    str,
    typer.Option(
        "--hub",
        envvar="ONNX_REGISTRY_HUB",
        metavar="HUB",
        help="Where releases are published: [bold]file:FOLDER[/] (no account), or [bold]hf:ORG/REPOSITORY[/] "
        "(with HF_TOKEN; HF_ENDPOINT names another server).",
    ),
]
BuildOption = Annotated[
    Path | None,
    typer.Option("--build", metavar="FOLDER", help="Where folders are made.", show_default="build"),
]
CacheOption = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        envvar="ONNX_REGISTRY_CACHE",
        metavar="FOLDER",
        help="Where graph templates and downloads are kept.",
        show_default="~/.cache/onnx-registry",
    ),
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory",
        envvar="ONNX_REGISTRY_MEMORY",
        metavar="SIZE",
        help="What a conversion may take of memory at most: 500M, 2G. As many components are bound at the same time as "
        "fit, and what may take more is refused before it begins. Mapped weights, which the machine can take back, "
        "count only while PyTorch has them.",
        show_default="as much as it takes",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Names of entries; one argument may hold several, with spaces between them.",
        show_default="every entry that the plan names",
    ),
]
AllowLocalOption = Annotated[
    bool,
    typer.Option(
        "--allow-local",
        envvar="ONNX_REGISTRY_ALLOW_LOCAL",
        help="Read sources that are paths also in continuous integration (where CI is set).",
    ),
]
GitHubOption = Annotated[
    bool,
    typer.Option(
        "--github", help="In a workflow: print annotations, and append to the files that GitHub names for the step."
    ),
]
AllowYankedOption = Annotated[
    bool, typer.Option("--allow-yanked", help="Take a release that is yanked; without it that is exit code 3.")
]
ForceOption = Annotated[
    bool,
    typer.Option("--force", envvar="ONNX_REGISTRY_FORCE", help="Make a new version even of what is unchanged."),
]

REGISTRY = Path("registry/extras.json")
HUB = "file:hub"


@dataclass(frozen=True)
class Place:
    """The repository that a registry belongs to."""

    registry: Path

    @property
    def root(self) -> Path:
        """The folder above `registry/`, or the one that holds the file if it lies elsewhere."""
        folder = self.registry.absolute().parent
        return folder.parent if folder.name == "registry" else folder

    def store(self, hub: str, *, publishing: bool = False) -> Store:
        """The hub that `--hub` names.

        Args:
            hub: its address.
            publishing: it will be written; in a GitHub job that may identify itself, that is its login.
        """
        from converter.hub import open_hub, parse_hub

        address, (endpoint, token) = parse_hub(hub), _hub_variables()
        if publishing:
            _log_in_keyless(address)
        return open_hub(address, endpoint=endpoint, token=token, root=self.root)

    def link(self, hub: str) -> Callable[[str], str | None]:
        """The address of a release by its tag, on the web; `None` for those in a folder."""
        from converter.hub import HuggingFaceAddress, parse_hub

        address, endpoint = parse_hub(hub), hub_access().endpoint or "https://huggingface.co"

        def of(tag: str) -> str | None:
            return f"{endpoint}/{address.repo_id}/tree/{tag}" if isinstance(address, HuggingFaceAddress) else None

        return of

    def workshop(
        self, build: Path | None, cache: Path | None, *, allow_local: bool = True, memory: str | None = None
    ) -> Workshop:
        """Where conversion happens.

        Args:
            build: where folders are made; `None` for the usual place, as with `cache`.
            cache: where templates and downloads are kept.
            allow_local: matters in continuous integration only.
            memory: what is written after `--memory`.

        Raises:
            BadParameter: that is no size.
        """
        from converter.budget import Budget
        from converter.workshop import Workshop

        memory_bytes = None if memory is None else size_bytes(memory, "--memory", "2G")
        return Workshop(
            self.root,
            build or self.root / "build",
            cache or default_cache(),
            hub_access(),
            civitai_access(),
            source_policy(allow_local=allow_local),
            budget=Budget(len(os.sched_getaffinity(0)), memory_bytes),
        )


def named(arguments: Iterable[str] | None) -> list[str]:
    """The names in arguments, of which each may hold several: a workflow hands them on in one, quoted."""
    return [name for argument in arguments or () for name in argument.split()]


def _log_in_keyless(address: HubAddress) -> None:
    """Have huggingface_hub log in as a Trusted Publisher, where GitHub lets the job identify itself.

    A token of one's own is used in its place, and a resource that somebody named stays.
    https://huggingface.co/docs/hub/trusted-publishers
    """
    from converter.hub import HuggingFaceAddress

    can_identify = bool(os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
    if isinstance(address, HuggingFaceAddress) and can_identify and hub_access().token is None:
        os.environ.setdefault("HF_OIDC_RESOURCE", address.repo_id)


def hub_access() -> HubAccess:
    """How to reach the Hugging Face Hub: `HF_ENDPOINT` and `HF_TOKEN`, empty ones counting as absent."""
    from converter.sources import HubAccess

    return HubAccess(*_hub_variables())


def _hub_variables() -> tuple[str | None, str | None]:
    """Endpoint and token. A plan needs no more of the room of sources, which takes as long to import as all others."""
    return os.environ.get("HF_ENDPOINT") or None, os.environ.get("HF_TOKEN") or None


def civitai_access() -> CivitaiAccess:
    """How to reach Civitai: `CIVITAI_ENDPOINT` and `CIVITAI_TOKEN`, empty ones counting as absent."""
    from converter.sources import CivitaiAccess

    token = os.environ.get("CIVITAI_TOKEN") or None
    endpoint = os.environ.get("CIVITAI_ENDPOINT")
    return CivitaiAccess(endpoint.rstrip("/"), token) if endpoint else CivitaiAccess(token=token)


def source_policy(*, allow_local: bool) -> SourcePolicy:
    """What sources are allowed: `CI` forbids paths, `ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK` allows private addresses."""
    from converter.sources import SourcePolicy

    return SourcePolicy(
        allow_local=allow_local or not _is_on("CI"), allow_private=_is_on("ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK")
    )


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in ("", "0", "false", "no")


def default_cache() -> Path:
    """`onnx-registry` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "onnx-registry"
