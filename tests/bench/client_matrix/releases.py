"""The tiny models that the clients load: as PyTorch folders, and as releases of every level."""

from dataclasses import replace
from pathlib import Path

from converter.convert import convert_entry
from converter.release import FolderView, verify
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.bench.client_matrix.levels import BuiltLevel
from tests.support.family import FamilyModel, tiny, write_diffusers
from tests.support.registries import diffusion_entry


def model_of(architecture: str) -> FamilyModel:
    """A tiny one whose VAE is as deep as the real one: diffusers' ONNX classes take that for given."""
    model = tiny(architecture)
    deep = {
        "block_out_channels": [32, 32, 32, 64],
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
    }
    return replace(model, configs={**model.configs, "vae": {**model.configs["vae"], **deep}})


def torch_folder(model: FamilyModel, folder: Path) -> Path:
    """The model as diffusers saves it."""
    if not folder.exists():
        write_diffusers(model, folder.with_suffix(".partial")).rename(folder)
    return folder


def released(work: Path, architecture: str, level: BuiltLevel) -> Path:
    """The release that is made of the model now; its name is one that onnx-web lists, which has no dot.

    Raises:
        ReleaseError: it breaks what its clients rely on, OnnxStack among them.
    """
    source = torch_folder(model_of(architecture), work / "torch" / architecture)
    workshop = Workshop(root=work, build=work / "build", cache=work / "cache", access=HubAccess())
    name = f"{architecture}-{level.name}"
    entry = diffusion_entry(name=name, source=str(source), precision=level.precision, optimize=level.optimize)
    release = convert_entry(entry, 1, workshop, parity=False).folder
    verify(FolderView(release))
    link = work / "models" / f"diffusion-{name}"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(release)
    return link
