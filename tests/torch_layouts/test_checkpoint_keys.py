"""The key table against the tests' own tables: at the real sizes, each key and shape of the published files."""

import pytest

from converter.models import FAMILIES
from converter.models.leftovers import is_leftover
from converter.torch_layouts import LayoutError, original_tensors
from tests.support.family import ARCHITECTURES, full, full_controlnet
from tests.support.family import original_tensors as independent
from tests.support.family.key_tables import controlnet_table, original_key

LAST_LAYER = "cond_stage_model.model.transformer.resblocks.23."


def family_name(architecture: str) -> str:
    return max((name for name in FAMILIES if architecture.startswith(name)), key=len)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_checkpoint_of_the_real_size_has_the_keys_and_shapes_of_the_published_file(architecture: str) -> None:
    model = full(architecture)
    shapes = {part: model.shapes(part) for part in model.configs}
    found = original_tensors(FAMILIES[family_name(architecture)], shapes)  # type: ignore[arg-type]
    expected = {
        key: tensor.shape
        for key, tensor in independent(model).items()
        if not is_leftover(key) and not key.startswith(LAST_LAYER)
    }
    assert {tensor.key: tensor.shape for tensors in found.values() for tensor in tensors} == expected


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_parameter_is_in_exactly_one_tensor(architecture: str) -> None:
    model = full(architecture)
    shapes = {part: model.shapes(part) for part in model.configs}
    found = original_tensors(FAMILIES[family_name(architecture)], shapes)  # type: ignore[arg-type]
    for part, tensors in found.items():
        assert sorted(name for tensor in tensors for name in tensor.names) == sorted(shapes[part])


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_a_controlnet_of_the_real_size_has_the_keys_of_its_authors(family: str) -> None:
    model = full_controlnet(family)
    (found,) = original_tensors(FAMILIES[family], {"controlnet": model.shapes()}).values()
    table = controlnet_table(model.config)
    assert {tensor.names[0]: tensor.key for tensor in found} == {
        name: f"control_model.{original_key(name, table)}" for name in model.shapes()
    }


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("unet", "image_embedding.weight"),
        ("vae", "decoder.mid_block.extra.weight"),
        ("text_encoder", "text_model.extra.weight"),
    ],
)
def test_a_parameter_without_an_original_name_is_refused_by_name(part: str, name: str) -> None:
    with pytest.raises(LayoutError, match=rf"{name.removesuffix('.weight')}.*--to diffusers"):
        original_tensors(FAMILIES["sd2"], {part: {name: (2, 2)}})  # type: ignore[dict-item]


def test_blocks_with_another_number_of_layers_would_share_keys_and_are_refused() -> None:
    names = ["down_blocks.0.resnets.0.conv1.weight", "down_blocks.0.resnets.0.conv2.weight"]
    more = ["down_blocks.0.resnets.1.conv1.weight", "down_blocks.1.resnets.0.conv1.weight"]
    late = ["down_blocks.0.downsamplers.0.conv.weight", *(f"down_blocks.1.resnets.{n}.conv1.weight" for n in (1, 2, 3))]
    last = ["down_blocks.2.resnets.0.conv1.weight"]
    shapes = dict.fromkeys((*names, *more, *late, *last), (4, 4, 3, 3))
    with pytest.raises(LayoutError, match=r"the same original key: model\.diffusion_model\.input_blocks\.7"):
        original_tensors(FAMILIES["sd1"], {"unet": shapes})


def test_queries_keys_and_values_of_other_sizes_are_refused() -> None:
    layer = "text_model.encoder.layers.0.self_attn"
    shapes = {f"{layer}.q_proj.weight": (4, 4), f"{layer}.k_proj.weight": (4, 4), f"{layer}.v_proj.weight": (2, 4)}
    with pytest.raises(LayoutError, match="queries, keys and values have the shapes"):
        original_tensors(FAMILIES["sd2"], {"text_encoder": shapes})
