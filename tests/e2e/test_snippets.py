"""What README, the card and the documentation tell users to type, run as it stands against a Hub that has the release.

optimum and onnx-web have environments of their own: `python -m tests.bench.clients` runs what is shown for them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from converter.release import FolderView, verify
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_hub.client import client_environment
from tests.support.registries import diffusion_entry

pytestmark = pytest.mark.slow

README = Path(__file__).parents[2] / "README.md"


def blocks(text: str, language: str, word: str) -> list[str]:
    """The fenced blocks of a language that have this word."""
    return [block for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if word in block]


@pytest.fixture(scope="module")
def openjourney(pico_folder: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny release of the name that the documentation takes for its example."""
    root = tmp_path_factory.mktemp("openjourney")
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(diffusion_entry(name="openjourney", source=str(pico_folder)), 1, workshop).folder


def published(hub: LoopbackHub, release: Path, repository: str) -> None:
    store = open_hub(parse_hub(f"hf:{repository}"), endpoint=hub.endpoint, token=hub.token, root=None)
    publish(store, release, verified=True, report=silent)


def ran(command: list[str], hub: LoopbackHub, folder: Path) -> str:
    """What a user's own process says, in an empty folder, with a client of this Hub."""
    folder.mkdir()
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **client_environment(hub, folder / "hf-home"), "PATH": programs}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_of_the_readme_downloads_a_release_that_verifies(
    loopback_hub: LoopbackHub, openjourney: Path, tmp_path: Path
) -> None:
    published(loopback_hub, openjourney, "org/zoo")
    (snippet,) = blocks(README.read_text("utf-8"), "python", "snapshot_download")

    ran([sys.executable, "-c", snippet], loopback_hub, tmp_path / "user")

    (manifest,) = (tmp_path / "user").glob("hf-home/**/snapshots/*/manifest.json")
    assert verify(FolderView(manifest.parent)).manifest.tag == "openjourney.v1"


def test_the_python_and_the_shell_of_the_card_run_as_they_stand(
    loopback_hub: LoopbackHub, openjourney: Path, tmp_path: Path
) -> None:
    published(loopback_hub, openjourney, "ORG/ZOO")
    card = (openjourney / "README.md").read_text("utf-8")
    (onnxruntime,) = blocks(card, "python", "import onnxruntime")
    (diffusers,) = blocks(card, "python", "from diffusers import")
    (onnx_web,) = blocks(card, "shell", "models/")

    shown = f"{onnxruntime}\nprint(*(port.name for port in unet.get_inputs()))"
    assert ran([sys.executable, "-c", shown], loopback_hub, tmp_path / "onnxruntime").split() == [
        "sample",
        "timestep",
        "encoder_hidden_states",
    ]
    ran([sys.executable, "-c", diffusers], loopback_hub, tmp_path / "diffusers")
    assert (tmp_path / "diffusers" / "fox.png").stat().st_size
    ran(["sh", "-ec", onnx_web], loopback_hub, tmp_path / "onnx-web")
    assert verify(FolderView(tmp_path / "onnx-web/models/diffusion-openjourney")).manifest.tag == "openjourney.v1"
