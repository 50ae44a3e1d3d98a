"""ControlNets: each family in each layout, also inside a checkpoint, and what only looks like one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.models import KeyMaps, ModelError, open_controlnet, open_model
from converter.models.configs import graph_config
from tests.support.family import (
    ControlNet,
    fixed,
    original_tensors,
    tiny,
    tiny_controlnet,
    write_controlnet_diffusers,
    write_controlnet_original,
    write_safetensors,
)
from tests.support.fixtures_family import CONTROLLED, LAYOUTS, FamilyFiles, controlnet_of, original_shapes
from tests.support.model_folders import copy_folder, edit_json
from tests.support.shapes_files import fresh_key_maps, place_of
from tests.support.torch_files import safetensors_to_torch

TITLES = {
    "sd1": "ControlNet for Stable Diffusion 1.x",
    "sd2": "ControlNet for Stable Diffusion 2.x",
    "sdxl": "ControlNet for Stable Diffusion XL",
}
EVERY = [(family, layout) for family in CONTROLLED for layout in LAYOUTS]


def refused(path: Path, key_maps: KeyMaps) -> str:
    with pytest.raises(ModelError) as caught:
        open_controlnet(path, key_maps)
    assert str(path) not in Path("/proc/self/maps").read_text("utf-8")
    return str(caught.value)


@pytest.mark.parametrize(("family", "layout"), EVERY)
def test_it_is_recognised_with_each_of_its_numbers(
    family_files: FamilyFiles, key_maps: KeyMaps, family: str, layout: str
) -> None:
    wanted = controlnet_of(family)

    with open_controlnet(family_files.controlnet(family, layout), key_maps) as model:
        assert (model.architecture, model.title) == (f"{family}-controlnet", TITLES[family])
        assert (model.layout, model.graphs, model.pipeline) == (layout, ("controlnet",), None)
        state = model.state_dicts["controlnet"]
        assert state.shapes == wanted.shapes()
        for name, tensor in wanted.tensors().items():
            np.testing.assert_array_equal(state.read(name), tensor.array(), err_msg=name)


@pytest.mark.parametrize("family", CONTROLLED)
def test_shapes_tell_the_config_that_the_folder_has(family_files: FamilyFiles, key_maps: KeyMaps, family: str) -> None:
    with open_controlnet(family_files.controlnet(family, "original"), key_maps) as model:
        # Where attention is computed in higher precision is all the same in float32.
        published = {**controlnet_of(family).config, "upcast_attention": False}
        assert model.graph_configs["controlnet"] == graph_config("controlnet", published, "x")


@pytest.mark.parametrize(("family", "pooled"), [("sd1", None), ("sd2", None), ("sdxl", 1280)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_that_of_xl_tells_the_width_of_the_pooled_text(
    family_files: FamilyFiles, key_maps: KeyMaps, family: str, pooled: int | None, layout: str
) -> None:
    with open_controlnet(family_files.controlnet(family, layout), key_maps) as model:
        assert model.graph("controlnet").pooled_width == pooled


@pytest.mark.parametrize("family", CONTROLLED)
def test_a_file_without_the_prefix_of_its_authors_is_the_same(key_maps: KeyMaps, tmp_path: Path, family: str) -> None:
    path = write_controlnet_original(controlnet_of(family), tmp_path / "bare.safetensors", prefix="")

    with open_controlnet(path, key_maps) as model:
        assert model.architecture == f"{family}-controlnet"
        assert model.state_dicts["controlnet"].shapes == controlnet_of(family).shapes()
        assert model.leftovers == ()


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_torch_file_is_the_same(family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path, legacy: bool) -> None:
    source = family_files.controlnet("sd1", "original")
    path = safetensors_to_torch(source, tmp_path / "control.pth", legacy=legacy)

    with open_controlnet(path, key_maps) as model, open_controlnet(source, key_maps) as expected:
        found, wanted = model.state_dicts["controlnet"], expected.state_dicts["controlnet"]
        assert {name: found.read(name).tobytes() for name in found.shapes} == {
            name: wanted.read(name).tobytes() for name in wanted.shapes
        }


def test_one_inside_a_whole_checkpoint_is_taken_out_of_it(key_maps: KeyMaps, tmp_path: Path) -> None:
    # lllyasviel/ControlNet's own files hold the model that it was trained beside.
    alone = write_controlnet_original(tiny_controlnet("sd1"), tmp_path / "alone.safetensors")
    with open_controlnet(alone, key_maps) as model:
        own = {ref.key: model.state_dicts["controlnet"].read(name).copy() for name, ref in _refs(model)}
    checkpoint = original_tensors(tiny("sd1"))
    path = write_safetensors(
        tmp_path / "whole.safetensors", {**checkpoint, **{key: fixed(value) for key, value in own.items()}}
    )

    with open_controlnet(path, key_maps) as model:
        assert model.state_dicts["controlnet"].shapes == tiny_controlnet("sd1").shapes()
        assert set(model.leftovers) == set(checkpoint)
    with pytest.raises(ModelError, match=r"its keys match Stable Diffusion 1\.x and a ControlNet"):
        open_model(path, key_maps)


def _refs(model: Any) -> Any:
    return model.state_dicts["controlnet"].refs.items()


def test_a_folder_beside_a_pipeline_is_found_by_its_name(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "pipeline" / "controlnet")
    (tmp_path / "pipeline/model_index.json").write_text("{}")

    with open_controlnet(tmp_path / "pipeline", key_maps) as model:
        assert list(model.files) == ["controlnet/diffusion_pytorch_model.safetensors"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_controlnet_is_no_model_to_convert_under_diffusion(
    family_files: FamilyFiles, key_maps: KeyMaps, layout: str
) -> None:
    path = family_files.controlnet("sd1", layout)
    file = path if path.is_file() else path / "diffusion_pytorch_model.safetensors"

    with pytest.raises(ModelError) as caught:
        open_model(file, key_maps)
    assert str(caught.value) == (
        f"{file.name}: this is a ControlNet, no model to convert: a ControlNet belongs to `networks`, with "
        '`"type": "control"`'
    )


def test_a_file_of_diffusers_without_its_config_is_refused(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    path = family_files.controlnet("sdxl", "diffusers") / "diffusion_pytorch_model.safetensors"

    message = refused(path, key_maps)

    assert message.startswith("diffusion_pytorch_model.safetensors: found add_embedding.linear_1.bias, ")
    assert "expected a file of ControlNetModel, which has control_model.zero_convs.0.0.weight or zero_convs" in message


@pytest.mark.parametrize(
    "shapes",
    [
        # https://huggingface.co/TencentARC/T2I-Adapter and kohya's ControlNet-LLLite and LoRA
        {"body.0.block1.weight": (320, 320, 3, 3), "conv_in.weight": (320, 192, 3, 3)},
        {"lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight": (4, 32, 1, 1)},
        {"lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_k.conditioning1.0.weight": (32, 3, 4, 4)},
        original_shapes("sd1"),
    ],
    ids=["T2I adapter", "LoRA", "LLLite", "checkpoint without one"],
)
def test_a_file_that_is_something_else_is_refused_by_what_it_has(shapes: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ModelError, match=r"^model\.safetensors: found .*; expected a file of ControlNetModel, wh"):
        open_controlnet(place_of(shapes), fresh_key_maps())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"controlnet_conditioning_channel_order": "bgr"}, "takes 4 channels and hints in the order 'bgr', expected 4"),
        ({"in_channels": 9}, "the ControlNet takes 9 channels and hints in the order 'rgb', expected 4 and 'rgb'"),
        ({"class_embed_type": "timestep"}, "other conditions (addition_embed_type None, class_embed_type 'timestep')"),
        ({"addition_embed_type": "text"}, "other conditions (addition_embed_type 'text', class_embed_type None)"),
        ({"addition_embed_type": "text_time"}, "adds None numbers to the time (projection_class_embeddings_input_dim)"),
        ({"_class_name": "UNet2DConditionModel"}, "found 'UNet2DConditionModel', expected 'ControlNetModel'"),
        ({"_class_name": "ControlNetUnionModel"}, "found 'ControlNetUnionModel', expected 'ControlNetModel'"),
    ],
    ids=str,
)
def test_a_folder_of_another_kind_is_refused(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    folder = copy_folder(family_files.controlnet("sd1", "diffusers"), tmp_path / "net")
    edit_json(folder / "config.json", changes)

    assert words in refused(folder, key_maps)


def test_sizes_that_leave_no_room_for_the_pooled_text_are_refused(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    folder = copy_folder(family_files.controlnet("sdxl", "diffusers"), tmp_path / "net")
    edit_json(folder / "config.json", {"addition_time_embed_dim": 512})

    message = refused(folder, key_maps)

    assert "net: the ControlNet adds 2816 numbers to the time" in message
    assert "expected a pooled text and 6 times 512 (addition_time_embed_dim)" in message


def test_a_folder_that_has_none_is_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    assert "there is neither config.json nor controlnet/config.json; expected a folder of ControlNetModel" in refused(
        tmp_path, key_maps
    )


@pytest.mark.parametrize("prefix", ["", "control_model."])
def test_an_unexpected_key_is_named(prefix: str) -> None:
    shapes = original_controlnet_shapes(tiny_controlnet("sd1"), prefix)

    with pytest.raises(ModelError, match=rf"1 unexpected key: {prefix}extra\.weight; expected only the"):
        open_controlnet(place_of({**shapes, f"{prefix}extra.weight": (1,)}), fresh_key_maps())


def original_controlnet_shapes(net: ControlNet, prefix: str) -> dict[str, tuple[int, ...]]:
    from tests.support.family.key_tables import controlnet_table, original_key

    table = controlnet_table(net.config)
    return {prefix + original_key(name, table): shape for name, shape in net.shapes().items()}


def test_no_missing_key_ends_in_an_error_of_another_kind() -> None:
    whole = original_controlnet_shapes(controlnet_of("sdxl"), "control_model.")
    refusals = 0
    for missing in whole:
        try:
            open_controlnet(place_of({key: shape for key, shape in whole.items() if key != missing}), fresh_key_maps())
        except ModelError:
            refusals += 1
    assert refusals > 10


def test_numbers_that_float32_cannot_hold_are_refused(key_maps: KeyMaps, tmp_path: Path) -> None:
    double = replace(tiny_controlnet("sd1"), dtype="float64")

    path = write_controlnet_original(double, tmp_path / "double.safetensors")

    assert "is stored as F64, expected F32, F16, BF16; save the model again" in refused(path, key_maps)
