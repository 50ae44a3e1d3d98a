"""Models from seeds on a loopback Hub, the registry that asks for them, and a pull request that changes it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.command_line import Ran, run
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.sd1_models import pico, write_checkpoint, write_folder

Entry: TypeAlias = dict[str, Any]
Files: TypeAlias = Mapping[str, bytes | Path]

REPO = "acme/zoo"
"""Where releases go."""
_OPENRAIL = {"license": "creativeml-openrail-m"}
_CUT_BYTES = 1_000_000


@dataclass(frozen=True)
class Zoo:
    """A repository made from the template, and the Hub that it publishes to."""

    hub: LoopbackHub
    root: Path
    cache: Path
    commits: Mapping[str, str]
    """Name of a source to the commit that it is at."""

    def run(self, *arguments: str, page: Path, outputs: Path) -> Ran:
        """Run a command as a step of a workflow does, with these files for its summary and its outputs."""
        variables = {
            **client_environment(self.hub, self.root / "hf-home"),
            "CI": "true",
            "GITHUB_STEP_SUMMARY": str(page),
            "GITHUB_OUTPUT": str(outputs),
            "ONNX_REGISTRY_CACHE": str(self.cache),
            "ONNX_REGISTRY_HUB": f"hf:{REPO}",
        }
        return run(*arguments, cwd=self.root, variables=variables)

    def registry(self) -> bytes:
        """What `main` asks for: two models that can be converted, and one whose file is cut off."""
        return _text(self._landscapes(weight=0.8), self._pinned("portraits"), self._charcoal())

    def proposed_registry(self) -> bytes:
        """The same after a pull request: one of everything that a review has a word for."""
        autumn = {
            **self._pinned("autumn", "/autumn.safetensors"),
            "loras": [self._watercolour(weight=0.6)],
            # Without a revision: the review has the line to paste.
            "inversions": [{"name": "goblin", "source": _source("goblin", "/goblin.safetensors"), **_OPENRAIL}],
        }
        unlicensed = self._pinned("clay")
        del unlicensed["license"]
        questionable = {**self._pinned("fables"), "license": "cc-by-nc-4.0"}
        return _text(self._landscapes(weight=0.5), self._charcoal(), autumn, unlicensed, questionable)

    def _landscapes(self, *, weight: float) -> Entry:
        return {**self._pinned("landscapes"), "loras": [self._watercolour(weight=weight)]}

    def _charcoal(self) -> Entry:
        return self._pinned("charcoal", "/charcoal.safetensors")

    def _watercolour(self, *, weight: float) -> Entry:
        return {**self._pinned("watercolour", "/watercolour.safetensors"), "weight": weight}

    def _pinned(self, name: str, path: str = "") -> Entry:
        return {"name": name, "source": _source(name, path), "revision": self.commits[name], **_OPENRAIL}


@contextmanager
def open_zoo(folder: Path, cache: Path) -> Iterator[Zoo]:
    """A zoo without releases, below `folder`; `cache` keeps graph templates."""
    with LoopbackHub(folder / "hub") as hub:
        hub.seed_repo(REPO, {"README.md": b"# An empty zoo\n"})
        sources = _made_sources(folder / "sources")
        commits = {name: hub.seed_repo(f"atelier/{name}", files) for name, files in sources.items()}
        zoo = Zoo(hub, folder / "repository", cache, commits)
        (zoo.root / "registry").mkdir(parents=True)
        (zoo.root / "registry" / "extras.json").write_bytes(zoo.registry())
        yield zoo


def _source(name: str, path: str) -> str:
    return f"huggingface://atelier/{name}{path}"


def _made_sources(folder: Path) -> Mapping[str, Files]:
    """Name of a repository to its files."""
    landscapes = _files_in(write_folder(pico(seed=0), folder / "landscapes"))
    portraits = _files_in(write_folder(pico(seed=1), folder / "portraits"))
    checkpoint = write_checkpoint(pico(seed=2), folder / "autumn.safetensors")
    width = int(pico().configs["text_encoder"]["hidden_size"])
    return {
        "landscapes": landscapes,
        "portraits": portraits,
        "charcoal": {"charcoal.safetensors": checkpoint.read_bytes()[:-_CUT_BYTES]},
        "autumn": {"autumn.safetensors": checkpoint},
        "clay": portraits,
        "fables": landscapes,
        "watercolour": {"watercolour.safetensors": write_kohya_lora(pico(), folder / "watercolour.safetensors")},
        "goblin": {"goblin.safetensors": write_inversion({"text_encoder": width}, folder / "goblin.safetensors")},
    }


def _files_in(folder: Path) -> Files:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _text(*entries: Entry) -> bytes:
    return json.dumps({"diffusion": entries}, indent=2).encode() + b"\n"
