"""Per-block weights, held against kohya's own definition of the blocks by example."""

import math

import pytest

from converter.blend import BlendError
from converter.blend.lora import Hints, Targets, read_lora
from converter.blend.lora.block_weights import block_factors
from tests.support.lora_files.comparing import blended
from tests.support.lora_files.documented_files import without_alpha
from tests.support.lora_files.in_memory import file_of
from tests.support.lora_files.tiny_models import shared_model

ATTENTION = "transformer_blocks.0.attn1.to_q"


def layout(blocks: int, *, sdxl: bool) -> Targets:
    """A UNet with two resnets and two attentions in each block, and as many text encoders as the architecture has."""
    names = [f"down_blocks.{b}.{kind}" for b in range(blocks) for kind in ("attentions.0", "attentions.1")]
    names += [f"up_blocks.{b}.attentions.{n}" for b in range(blocks) for n in range(3)] + ["mid_block.attentions.0"]
    unet = {f"{name}.{ATTENTION}.weight": (4, 4) for name in names}
    unet |= {f"down_blocks.{b}.resnets.{n}.conv1.weight": (4, 4, 3, 3) for b in range(blocks) for n in range(2)}
    unet |= {f"down_blocks.{b}.downsamplers.0.conv.weight": (4, 4, 3, 3) for b in range(blocks - 1)}
    unet |= {"conv_in.weight": (4, 4, 3, 3), "time_embedding.linear_1.weight": (4, 4), "conv_out.weight": (4, 4, 3, 3)}
    text = {"text_model.encoder.layers.0.mlp.fc1.weight": (4, 4)}
    parts = {"unet": unet, "text_encoder": text} | ({"text_encoder_2": text} if sdxl else {})
    return Targets("Stable Diffusion XL" if sdxl else "Stable Diffusion 1.x", parts)  # type: ignore[arg-type]


# What `get_lbw_block_index` and `LAYER17` of networks/svd_merge_lora.py give for the names of these layers.
SD_17 = {
    "down_blocks.0.attentions.0": 1, "down_blocks.0.attentions.1": 2,
    "down_blocks.1.attentions.0": 3, "down_blocks.2.attentions.1": 6,
    "mid_block.attentions.0": 7,
    "up_blocks.1.attentions.0": 8, "up_blocks.3.attentions.2": 16,
}  # fmt: skip


@pytest.mark.parametrize(("name", "place"), SD_17.items())
def test_17_numbers_are_the_text_encoder_and_the_blocks_with_attention(name: str, place: int) -> None:
    targets = layout(4, sdxl=False)
    factor = block_factors([number / 10 for number in range(17)], targets)

    assert factor(targets.layers["unet"][f"{name}.{ATTENTION}"]) == place / 10


@pytest.mark.parametrize(
    ("name", "place"),
    {
        f"down_blocks.0.attentions.0.{ATTENTION}": 2, "down_blocks.0.downsamplers.0.conv": 4,
        "down_blocks.3.resnets.1.conv1": 12, f"mid_block.attentions.0.{ATTENTION}": 13,
        f"up_blocks.0.attentions.0.{ATTENTION}": 14, f"up_blocks.3.attentions.2.{ATTENTION}": 25,
    }.items(),
)  # fmt: skip
def test_26_numbers_are_the_text_encoder_and_every_block(name: str, place: int) -> None:
    targets = layout(4, sdxl=False)
    factor = block_factors([number / 10 for number in range(26)], targets)

    assert factor(targets.layers["unet"][name]) == place / 10


@pytest.mark.parametrize("name", ["conv_in", "time_embedding.linear_1", "conv_out"])
def test_what_is_outside_the_blocks_keeps_its_strength_in_sd_1(name: str) -> None:
    targets = layout(4, sdxl=False)

    assert block_factors([0.5] * 26, targets)(targets.layers["unet"][name]) == 1


def test_a_block_without_a_number_keeps_its_strength() -> None:
    targets = layout(4, sdxl=False)

    assert block_factors([0.5] * 17, targets)(targets.layers["unet"]["down_blocks.0.downsamplers.0.conv"]) == 1


@pytest.mark.parametrize(
    ("length", "name", "place"),
    [
        (12, f"down_blocks.1.attentions.0.{ATTENTION}", 1),
        (12, f"down_blocks.2.attentions.1.{ATTENTION}", 4),
        (12, f"mid_block.attentions.0.{ATTENTION}", 5),
        (12, f"up_blocks.1.attentions.2.{ATTENTION}", 11),
        (20, "conv_in", 1),
        (20, "time_embedding.linear_1", 1),
        (20, "down_blocks.2.resnets.1.conv1", 9),
        (20, f"mid_block.attentions.0.{ATTENTION}", 10),
        (20, f"up_blocks.2.attentions.2.{ATTENTION}", 19),
        (26, f"mid_block.attentions.0.{ATTENTION}", 13),
        (26, "conv_out", 23),
    ],
)
def test_sdxl_takes_12_20_or_26_numbers(length: int, name: str, place: int) -> None:
    targets = layout(3, sdxl=True)
    factor = block_factors([number / 10 for number in range(length)], targets)

    assert factor(targets.layers["unet"][name]) == place / 10


def test_the_first_number_is_that_of_every_text_encoder() -> None:
    targets = layout(3, sdxl=True)
    factor = block_factors([0.25, *[1.0] * 11], targets)

    assert {
        factor(targets.layers[part]["text_model.encoder.layers.0.mlp.fc1"]) for part in targets.shapes if part != "unet"
    } == {0.25}


@pytest.mark.parametrize(
    ("sdxl", "length"), [(False, 12), (False, 16), (False, 18), (False, 20), (True, 17), (True, 0)]
)
def test_another_length_is_refused(sdxl: bool, length: int) -> None:
    with pytest.raises(BlendError, match=f"found {length} block weights, expected (17 or 26|12, 20 or 26) for Stable"):
        block_factors([1.0] * length, layout(3, sdxl=sdxl))


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(BlendError, match="expected finite numbers"):
        block_factors([1.0] * 16 + [number], layout(4, sdxl=False))


def test_a_list_of_ones_changes_nothing_and_each_number_multiplies_the_weight() -> None:
    model, made = shared_model("sd1"), without_alpha(shared_model("sd1"))
    numbers = [0.5, *[1.0] * 25]

    plain = blended(file_of(made), model)
    ones = blended(file_of(made), model, hints=Hints(block_weights=[1.0] * 26))
    plan = read_lora(file_of(made), model.targets, hints=Hints(block_weights=numbers))

    assert all(plain[key].tobytes() == ones[key].tobytes() for key in plain)
    assert {change.strength for change in plan.changes["text_encoder"].values()} == {0.5}
    assert {change.strength for change in plan.changes["unet"].values()} == {1.0}
