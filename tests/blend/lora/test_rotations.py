"""OFT and BOFT at other weights than 1: each block goes from the identity to itself, and so does each factor."""

import numpy as np
import pytest
import torch

from converter.blend.lora.rotations import rotations
from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import blended
from tests.support.lora_files.in_memory import file_of
from tests.support.lora_files.made_once import made_once
from tests.support.lora_files.tiny_models import generator, shared_model

BY_NAME = {case.name: case for case in CASES}
LAYERS = ("up_blocks.0.resnets.0.conv1", "down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj")


def lycoris_at(name: str, layer: str, strength: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """LyCORIS' module, loaded from the file, at this strength."""
    from lycoris.modules import get_module, make_module

    made, model = made_once(BY_NAME[name]), shared_model("sd1")
    module = dict(model.modules["unet"].named_modules())[layer]
    key = f"lora_unet_{layer.replace('.', '_')}"
    tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in made.tensors.items()}
    adapter = make_module(*get_module(tensors, key), key, module)
    weight: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = adapter.get_merged_weight(strength)[0].detach().numpy()
    return weight


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("strength", [0.5, -0.3, 1.7])
@pytest.mark.parametrize("name", ["OFT", "BOFT"])
def test_without_rescaling_any_weight_is_lycoris(name: str, strength: float, layer: str) -> None:
    ours = blended(file_of(made_once(BY_NAME[name])), shared_model("sd1"), strength=strength)["unet", f"{layer}.weight"]

    theirs = lycoris_at(name, layer, strength)

    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("name", ["OFT, constraint and rescale", "BOFT, constraint and rescale"])
def test_the_factors_of_the_rows_go_from_one_to_themselves(name: str) -> None:
    layer, strength, made = LAYERS[0], 0.5, made_once(BY_NAME[name])
    rescale = made.tensors[f"lora_unet_{layer.replace('.', '_')}.rescale"]

    ours = blended(file_of(made), shared_model("sd1"), strength=strength)["unet", f"{layer}.weight"]

    # LyCORIS takes the whole factor at any strength; apart from it the two agree.
    theirs = lycoris_at(name, layer, strength) / rescale * (1 + strength * (rescale - 1))
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_a_rotation_is_orthogonal_and_a_strength_of_0_is_the_identity() -> None:
    generators = generator("turn").standard_normal((5, 6, 6), dtype=np.float32)

    turns = rotations(generators, None, 1.0)

    assert np.abs(turns @ turns.swapaxes(1, 2) - np.eye(6)).max() < 1e-6
    assert np.array_equal(rotations(generators, None, 0.0), np.broadcast_to(np.eye(6, dtype=np.float32), (5, 6, 6)))


def test_a_constraint_above_the_norm_changes_nothing() -> None:
    generators = generator("turn").standard_normal((5, 6, 6), dtype=np.float32)

    assert np.array_equal(rotations(generators, 1000.0, 1.0), rotations(generators, None, 1.0))
    assert not np.allclose(rotations(generators, 0.1, 1.0), rotations(generators, None, 1.0))
