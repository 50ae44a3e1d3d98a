"""Which client loads our releases, unchanged, and makes the image that PyTorch makes: a table of actual runs.

Each client runs in a virtual environment of its own, at pinned versions, made in the work folder:
python -m tests.bench.clients --work FOLDER
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converter.convert import convert_entry
from converter.release import FolderView, verify
from converter.release.contract.lora_targets import lora_targets
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.bench.environments import OPTIMUM, environment
from tests.support.family import FamilyModel, tiny, write_diffusers
from tests.support.registries import diffusion_entry

SIZE = 64
_DRIVER = Path(__file__).with_name("client_driver.py")


@dataclass(frozen=True)
class Cell:
    """One run: a client's class on a release, and PyTorch's class to compare its image with."""

    client: str
    architecture: str
    name: str
    reference: str | None
    """`None` where the client draws its random numbers otherwise, so that images cannot be equal."""


_OPTIMUM_NAME, _DIFFUSERS_NAME = "optimum-onnx 0.1.0", "diffusers (ours)"
_LIBRARIES = {_OPTIMUM_NAME: "optimum.onnxruntime", _DIFFUSERS_NAME: "diffusers"}
CELLS = (
    *(
        Cell(
            _OPTIMUM_NAME,
            architecture,
            f"ORTStableDiffusion{line}{task}Pipeline",
            f"StableDiffusion{line}{task}Pipeline",
        )
        for architecture, line, task in (
            ("sd1", "", ""),
            ("sd1", "", "Img2Img"),
            ("sd1", "", "Inpaint"),
            ("sd1-inpaint", "", "Inpaint"),
            ("sdxl", "XL", ""),
            ("sdxl", "XL", "Img2Img"),
            ("sdxl", "XL", "Inpaint"),
        )
    ),
    Cell(_DIFFUSERS_NAME, "sd1", "OnnxStableDiffusionPipeline", "StableDiffusionPipeline"),
    Cell(_DIFFUSERS_NAME, "sd1", "OnnxStableDiffusionImg2ImgPipeline", None),
    Cell(_DIFFUSERS_NAME, "sd1-inpaint", "OnnxStableDiffusionInpaintPipeline", None),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="where environments, models and images go")
    work = parser.parse_args().work.resolve()
    pythons = {_OPTIMUM_NAME: environment(work / "optimum-venv", OPTIMUM), _DIFFUSERS_NAME: Path(sys.executable)}
    folders = {name: _released(work, name) for name in dict.fromkeys(cell.architecture for cell in CELLS)}
    print(f"{'client':20} {'release':12} {'pipeline':38} {'result':10} {'from PyTorch':>12} {'seconds':>8}")
    failed = [cell for cell in CELLS if not _run_cell(cell, pythons[cell.client], folders[cell.architecture], work)]
    snippet = _run_snippet(pythons[_OPTIMUM_NAME], folders["sd1"][1], work / "snippet")
    print(f"{_OPTIMUM_NAME:20} {'sd1':12} {'the snippet of docs/clients.md':38} {snippet or 'ok'}", flush=True)
    _print_targets({name: release for name, (_, release) in folders.items()})
    raise SystemExit(1 if failed or snippet else 0)


def _model(architecture: str) -> FamilyModel:
    """A tiny one whose VAE is as deep as the real one: diffusers' ONNX classes take that for given."""
    model = tiny(architecture)
    deep = {
        "block_out_channels": [32, 32, 32, 64],
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
    }
    return replace(model, configs={**model.configs, "vae": {**model.configs["vae"], **deep}})


def _released(work: Path, architecture: str) -> tuple[Path, Path]:
    """The PyTorch folder, and the release that is made of it now."""
    source = work / f"{architecture}-torch"
    if not source.exists():
        write_diffusers(_model(architecture), work / "partial").rename(source)
    workshop = Workshop(root=work, build=work / "build", cache=work / "cache", access=HubAccess())
    entry = diffusion_entry(name=f"tiny-{architecture}", source=str(source))
    release = convert_entry(entry, 1, workshop, parity=False).folder
    verify(FolderView(release))
    return source, release


def _run_cell(cell: Cell, python: Path, folders: tuple[Path, Path], work: Path) -> bool:
    source, release = folders
    found = _image(python, _LIBRARIES[cell.client], cell.name, release, work)
    line = f"{cell.client:20} {cell.architecture:12} {cell.name:38}"
    if isinstance(found, str):
        print(f"{line} FAILED     {found}", flush=True)
        return False
    image, seconds = found
    whole = image.shape == (1, SIZE, SIZE, 3) and bool(np.isfinite(image).all()) and float(image.std()) > 0.01
    difference = _difference(image, cell, source, work)
    good = whole and (difference is None or difference < 1e-3)
    said = "not compared" if difference is None else f"{difference:.1e}"
    print(f"{line} {'ok' if good else 'DIFFERS':10} {said:>12} {seconds:>8}", flush=True)
    return good


def _difference(image: np.ndarray, cell: Cell, source: Path, work: Path) -> float | None:
    if cell.reference is None:
        return None
    theirs = _image(Path(sys.executable), "diffusers", cell.reference, source, work)
    if isinstance(theirs, str):
        raise SystemExit(f"PyTorch's {cell.reference} failed on {source}: {theirs}")
    return float(np.abs(image - theirs[0]).max())


def _image(python: Path, library: str, name: str, folder: Path, work: Path) -> tuple[np.ndarray, str] | str:
    """The image of a run and its seconds, loading included; or the last line that it said when it failed."""
    out = work / "image.npy"
    command = [python, _DRIVER, library, name, folder, str(SIZE), out]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=offline, cwd=work)
    if ran.returncode != 0:
        return (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
    seconds = next(line.split()[1] for line in ran.stdout.splitlines() if line.startswith("SECONDS "))
    return np.load(out), seconds


def _run_snippet(python: Path, release: Path, folder: Path) -> str | None:
    """Run what the documentation shows, as it stands; the last line that it said if it failed."""
    text = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (snippet,) = (block for block in blocks if "from optimum" in block)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "openjourney.v1").symlink_to(release)
    ran = subprocess.run([python, "-c", snippet], cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode == 0 and (folder / "fox.png").exists():
        return None
    return f"FAILED {(ran.stderr.strip().splitlines() or ['it wrote no image'])[-1]}"


def _print_targets(releases: dict[str, Path]) -> None:
    """Verification refuses a release in which one is not found, so these are all of them."""
    print(
        "\nonnx-web cannot be installed as a package: its rules for LoRA targets are part of the contract, not run here"
    )
    for name, release in releases.items():
        for part in sorted(path.parent.name for path in release.glob("*/model.onnx")):
            if part.startswith(("unet", "text_encoder")):
                config = json.loads((release / part / "config.json").read_bytes())
                print(f"  {name:12} {part:16} {sum(1 for _ in lora_targets(part, config))} targets found")


if __name__ == "__main__":
    main()
