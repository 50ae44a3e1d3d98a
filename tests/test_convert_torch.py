"""Converting torch checkpoints, `.bin` folders and shards: the same bytes as from safetensors."""

import os
import pickle
from pathlib import Path

import pytest

from converter.convert import FormatMismatchError, convert_entry
from converter.files import sha256_of
from converter.weights import WeightsError, open_weights
from converter.workshop import Workshop
from tests.support.other_weights import as_bin, in_shards
from tests.support.registries import diffusion_entry
from tests.support.release_folders import graph_files, manifest_of
from tests.support.torch_files import legacy_checkpoint, safetensors_to_torch, zip_checkpoint


def _converted(workshop: Workshop, source: Path, **fields: object) -> Path:
    entry = diffusion_entry(**{"name": "pico", "source": str(source), **fields})
    return convert_entry(entry, 1, workshop, parity=False).folder


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_torch_checkpoint_gives_the_same_bytes(
    pico_release: Path, pico_checkpoint: Path, workshop: Workshop, tmp_path: Path, legacy: bool
) -> None:
    path = safetensors_to_torch(pico_checkpoint, tmp_path / "pico.ckpt", legacy=legacy, epoch=1, global_step=2)

    folder = _converted(workshop, path, format="ckpt", sha256=sha256_of(path))

    assert graph_files(folder) == graph_files(pico_release)
    manifest = manifest_of(folder)
    assert (manifest.model.layout, manifest.source.files[0].path) == ("original", "pico.ckpt")
    assert manifest.model.dtypes["F32"] > 300


def test_weights_that_lie_at_odd_bytes_are_compared_with_pytorch_too(
    pico_checkpoint: Path, workshop: Workshop, tmp_path: Path
) -> None:
    path = safetensors_to_torch(pico_checkpoint, tmp_path / "pico.pt", legacy=True)
    with open_weights(path) as file:
        assert any(file.info(name).begin % 4 for name in file.names)

    converted = convert_entry(diffusion_entry(name="pico", source=str(path)), 1, workshop)

    assert converted.manifest.measured


def test_a_folder_of_bin_files_gives_the_same_bytes(
    pico_release: Path, pico_folder: Path, workshop: Workshop, tmp_path: Path
) -> None:
    folder = _converted(workshop, as_bin(pico_folder, tmp_path / "bin"))

    assert graph_files(folder) == graph_files(pico_release)
    assert [file.path for file in manifest_of(folder).source.files] == [
        "text_encoder/pytorch_model.bin",
        "unet/diffusion_pytorch_model.bin",
        "vae/diffusion_pytorch_model.bin",
    ]


def test_a_folder_of_shards_gives_the_same_bytes(
    pico_release: Path, pico_folder: Path, workshop: Workshop, tmp_path: Path
) -> None:
    folder = _converted(workshop, in_shards(pico_folder, tmp_path / "sharded"))

    assert graph_files(folder) == graph_files(pico_release)
    assert len(manifest_of(folder).source.files) == 9


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_checkpoint_that_would_run_a_command_is_refused_and_leaves_nothing(
    workshop: Workshop, tmp_path: Path, legacy: bool
) -> None:
    class Command:
        def __reduce__(self) -> object:
            return os.system, (f"touch {tmp_path / 'it-was-executed'}",)

    path = tmp_path / "model.ckpt"
    data = pickle.dumps({"state_dict": Command()}, 2)
    path.write_bytes(legacy_checkpoint(data) if legacy else zip_checkpoint(data))

    with pytest.raises(WeightsError, match=r"model\.ckpt: the pickle asks for 'posix\.system'.*nothing was executed"):
        _converted(workshop, path)

    assert not (tmp_path / "it-was-executed").exists()
    assert not workshop.build.exists() or list(workshop.build.iterdir()) == []


def test_a_format_that_the_file_does_not_have_is_refused(
    pico_checkpoint: Path, workshop: Workshop, tmp_path: Path
) -> None:
    path = safetensors_to_torch(pico_checkpoint, tmp_path / "pico.ckpt", legacy=False)

    with pytest.raises(FormatMismatchError, match=r"`format` is safetensors, pico\.ckpt is a torch file; correct one"):
        _converted(workshop, path, format="safetensors")
    with pytest.raises(FormatMismatchError, match=r"`format` is ckpt, pico\.\w+ is a safetensors file; correct one"):
        _converted(workshop, pico_checkpoint, format="ckpt")
    assert not workshop.build.exists()
