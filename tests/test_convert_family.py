"""Converting every architecture from both layouts: the same graphs and weights, and each of them what PyTorch computes.

Parity is measured on what came from the original file, whose parameters have the longer way; what came from the folder
has the same bytes.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.convert import convert_entry
from converter.registry import ControlEntry, DiffusionEntry
from converter.release import FolderView, Manifest, verify
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.family import ARCHITECTURES, tiny, tiny_controlnet, write_controlnet_diffusers, write_vae_original
from tests.support.family.torch_shapes import build
from tests.support.fixtures_family import CONTROLLED, FamilyFiles, controlnet_of, name_of, said_of
from tests.support.registries import control_entry, diffusion_entry
from tests.support.release_folders import graph_files, manifest_of
from tests.support.tiny_release import contents_of

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
Convert = Callable[..., Path]
WITH_CNET = ("sd1", "sdxl")
"""Architectures that are converted with `"control": true` here."""


@pytest.fixture(scope="module")
def convert(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Makes the release folder of an entry, each time in a place of its own."""

    def made(entry: DiffusionEntry | ControlEntry, *, parity: bool = False) -> Path:
        root = tmp_path_factory.mktemp("made")
        workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
        return convert_entry(entry, 1, workshop, parity=parity).folder

    return made


@pytest.fixture(scope="module")
def released(family_files: FamilyFiles, convert: Convert) -> Callable[[str], Path]:
    """The release of an architecture from its original file, compared with PyTorch. Read only."""
    made: dict[str, Path] = {}

    def release(architecture: str) -> Path:
        if architecture not in made:
            made[architecture] = convert(entry_of(family_files, architecture, "original"), parity=True)
        return made[architecture]

    return release


def entry_of(files: FamilyFiles, architecture: str, layout: str, **fields: object) -> DiffusionEntry:
    said = said_of(architecture).prediction_type
    asked = {"prediction_type": said} if said and layout == "original" else {}
    source = str(files.model(architecture, layout))
    control = architecture in WITH_CNET
    return diffusion_entry(**{"name": "tiny", "source": source, "control": control, **asked, **fields})


def graphs_of(architecture: str) -> tuple[str, ...]:
    texts = tuple(part for part in tiny(architecture).configs if part.startswith("text_encoder"))
    cnet = ("cnet",) if architecture in WITH_CNET else ()
    return (*texts, "unet", *cnet, "vae_encoder", "vae_decoder")


def require_measured(manifest: Manifest) -> None:
    for component in manifest.components:
        assert len(component.parity) == 2
        assert all(0 < parity.max_abs <= manifest.limits["max_abs"] for parity in component.parity), component


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_component_is_compared_with_pytorch_and_the_manifest_says_what_it_is(
    released: Callable[[str], Path], architecture: str
) -> None:
    manifest = verify(FolderView(released(architecture))).manifest

    assert manifest.graphs == graphs_of(architecture)
    require_measured(manifest)
    assert (manifest.model.architecture, manifest.model.layout) == (name_of(architecture), "original")
    assert manifest.model.pipeline == tiny(architecture).pipeline
    assert manifest.model.prediction_type == tiny(architecture).schedulers["scheduler"]["prediction_type"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_folder_gives_the_same_graphs_and_weights_as_the_file(
    family_files: FamilyFiles, convert: Convert, released: Callable[[str], Path], architecture: str
) -> None:
    folder = convert(entry_of(family_files, architecture, "diffusers"))

    assert manifest_of(folder).model.layout == "diffusers"
    assert manifest_of(folder).model.architecture == name_of(architecture)
    assert graph_files(folder) == graph_files(released(architecture))
    assert contents_of(folder).keys() == contents_of(released(architecture)).keys()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_index_names_every_folder_of_the_pipeline(released: Callable[[str], Path], architecture: str) -> None:
    index = json.loads((released(architecture) / "model_index.json").read_bytes())

    named = {name for name, value in index.items() if isinstance(value, list) and value != [None, None]}
    folders = {path.name for path in released(architecture).iterdir() if path.is_dir()}
    assert named == folders - {"cnet"}
    assert index["_class_name"] == tiny(architecture).pipeline
    switched_on = {name: value for name, value in tiny(architecture).index.items() if value}
    assert switched_on.items() <= index.items()


def test_the_index_of_the_refiner_declares_what_it_lacks(released: Callable[[str], Path]) -> None:
    index = json.loads((released("sdxl-refiner") / "model_index.json").read_bytes())

    assert (index["text_encoder"], index["tokenizer"]) == ([None, None], [None, None])
    assert index["text_encoder_2"] == ["diffusers", "OnnxRuntimeModel"]


@pytest.mark.parametrize("family", CONTROLLED)
def test_a_controlnet_is_a_release_of_its_own_that_is_the_same_from_both_layouts(
    family_files: FamilyFiles, convert: Convert, family: str
) -> None:
    folder, file = (
        convert(control_entry(name="canny", source=str(family_files.controlnet(family, layout))), parity=parity)
        for layout, parity in (("diffusers", False), ("original", True))
    )

    manifest = verify(FolderView(file)).manifest
    require_measured(manifest)
    assert manifest.graphs == ("controlnet",)
    assert (manifest.model.architecture, manifest.model.pipeline) == (f"{family}-controlnet", None)
    assert graph_files(folder) == graph_files(file)
    about = {"README.md", "SHA256SUMS", "manifest.json"}
    graph = {"controlnet/config.json", "controlnet/model.onnx", "controlnet/weights.pb"}
    assert contents_of(file).keys() == about | graph
    config = json.loads((file / "controlnet/config.json").read_bytes())
    assert config["_class_name"] == "ControlNetModel"
    assert config["block_out_channels"] == controlnet_of(family).config["block_out_channels"]


def run_onnx(folder: Path, inputs: Mapping[str, Array]) -> dict[str, Array]:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    wanted = {value.name: inputs[value.name] for value in session.get_inputs()}
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(None, wanted), strict=True))


def loaded(class_name: str, config: Mapping[str, Any], values: Mapping[str, Array]) -> Any:
    """A torch module with the numbers of a tiny model."""
    import torch

    module = build(class_name, config)
    module.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    return module.eval()


def inputs_of_sdxl() -> dict[str, Array]:
    random = np.random.default_rng(11)
    unet = tiny("sdxl").configs["unet"]

    def normal(*shape: int) -> Array:
        return random.standard_normal(shape, dtype=np.float32)

    return {
        "sample": normal(2, 4, 16, 8),
        "timestep": np.array([481.0], np.float32),
        "encoder_hidden_states": normal(2, 77, unet["cross_attention_dim"]),
        "text_embeds": normal(2, tiny("sdxl").configs["text_encoder_2"]["projection_dim"]),
        "time_ids": np.array([[1024, 768, 0, 0, 1024, 768]] * 2, np.float32),
        "controlnet_cond": random.random((2, 3, 128, 64), dtype=np.float32),
    }


def test_a_controlnet_and_the_unet_for_it_compute_together_what_pytorch_computes(
    released: Callable[[str], Path], convert: Convert, tmp_path: Path
) -> None:
    import torch

    net, model = tiny_controlnet("sdxl"), tiny("sdxl")
    folder = convert(control_entry(name="canny", source=str(write_controlnet_diffusers(net, tmp_path / "net"))))
    inputs = inputs_of_sdxl()

    residuals = run_onnx(folder / "controlnet", inputs)
    found = run_onnx(released("sdxl") / "cnet", {**inputs, **residuals})["out_sample"]

    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    common = [tensors.pop(name) for name in ("sample", "timestep", "encoder_hidden_states")]
    hint = tensors.pop("controlnet_cond")
    with torch.inference_mode():
        torch_net = loaded("ControlNetModel", net.config, {name: t.array() for name, t in net.tensors().items()})
        down, middle = torch_net(*common, hint, added_cond_kwargs=dict(tensors), return_dict=False)
        torch_unet = loaded("UNet2DConditionModel", model.configs["unet"], model.values("unet"))
        steered = torch_unet(
            *common,
            added_cond_kwargs=dict(tensors),
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
        ).sample
        alone = torch_unet(*common, added_cond_kwargs=dict(tensors)).sample
    assert np.abs(found - steered.numpy()).max() < 1e-4
    assert float((steered - alone).abs().max()) > 0.1  # the ControlNet does something


@pytest.mark.parametrize("architecture", WITH_CNET)
def test_the_unet_for_a_controlnet_is_the_plain_one_where_the_controlnet_gives_nothing(
    released: Callable[[str], Path], architecture: str
) -> None:
    from converter.graphs import Component, ComponentKind
    from converter.models.configs import graph_config
    from converter.parity.inputs import seeded_inputs

    model = tiny(architecture)
    text = model.configs.get("text_encoder_2")
    pooled = int(text["projection_dim"]) if text else None
    cnet = Component(ComponentKind.CNET, graph_config("unet", dict(model.configs["unet"]), "x"), pooled)
    inputs = {
        name: np.zeros_like(value) if name.startswith(("down_block_", "mid_block_")) else value
        for name, value in seeded_inputs(cnet, 0).items()
    }

    folder = released(architecture)
    plain, steered = (run_onnx(folder / graph, inputs)["out_sample"] for graph in ("unet", "cnet"))
    np.testing.assert_allclose(steered, plain, atol=1e-5)


def test_the_unet_for_a_controlnet_has_the_weights_of_the_plain_one(released: Callable[[str], Path]) -> None:
    folder = released("sdxl")

    assert (folder / "cnet/weights.pb").read_bytes() == (folder / "unet/weights.pb").read_bytes()
    assert (folder / "cnet/config.json").read_bytes() == (folder / "unet/config.json").read_bytes()


def test_a_vae_in_the_place_of_the_models_own_is_that_of_its_source(
    family_files: FamilyFiles, convert: Convert, released: Callable[[str], Path], tmp_path: Path
) -> None:
    other = tiny("sd1", seed=5)
    path = write_vae_original(other, tmp_path / "other.safetensors")

    folder = convert(entry_of(family_files, "sd1", "original", vae=str(path)), parity=True)

    manifest = verify(FolderView(folder)).manifest
    require_measured(manifest)
    assert [(source.role, source.files[0].path) for source in manifest.sources] == [
        ("model", "sd1-original.safetensors"),
        ("vae", "other.safetensors"),
    ]
    ours, before = graph_files(folder), graph_files(released("sd1"))
    changed = {name for name in ours if ours[name] != before[name]}
    assert changed == {"vae_encoder/weights.pb", "vae_decoder/weights.pb"}
    decoder = other.values("vae")["decoder.conv_out.weight"]
    assert decoder.tobytes() in ours["vae_decoder/weights.pb"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_of_either_sort_is_widened_alike_from_both_layouts(
    convert: Convert, tmp_path: Path, dtype: str
) -> None:
    from tests.support.family import write_diffusers, write_original

    model = tiny("sdxl", dtype=dtype)
    write_diffusers(model, tmp_path / "folder")
    write_original(model, tmp_path / "file.safetensors")

    folder, file = (
        convert(diffusion_entry(name="half", source=str(tmp_path / name))) for name in ("folder", "file.safetensors")
    )

    assert graph_files(folder) == graph_files(file)
    widened = model.values("unet")["conv_out.weight"].astype(np.float32)
    assert widened.tobytes() in (file / "unet/weights.pb").read_bytes()
