"""Recognising a checkpoint: each signature by a minimal set of keys, and none by another's."""

import pytest

from converter.models import ModelError
from converter.models.architectures import FAMILIES
from converter.models.signatures import SIGNATURES, Signature, recognise
from tests.support.original_shapes import Shapes, pico_shapes, sd15_shapes

BUILT = [signature for signature in SIGNATURES if not signature.instead]
REFUSED = [signature for signature in SIGNATURES if signature.instead]


def minimal(signature: Signature) -> Shapes:
    """The fewest keys that a signature matches: whole where it says a beginning."""
    return {(f"{key}0.weight" if key.endswith((".", "_")) else key): (1, 1) for key in signature.keys}


def named(signature: Signature) -> str:
    return f"{signature.name}-{signature.keys[-1]}"


@pytest.mark.parametrize("shapes", [pico_shapes, sd15_shapes])
def test_a_checkpoint_of_stable_diffusion_1_is_recognised_whatever_its_size(shapes: type[Shapes]) -> None:
    assert recognise(shapes(), "x").name == "sd1"


@pytest.mark.parametrize("signature", BUILT, ids=named)
def test_a_minimal_checkpoint_of_each_family_is_recognised(signature: Signature) -> None:
    assert recognise(minimal(signature), "x") is signature


@pytest.mark.parametrize("signature", BUILT, ids=named)
def test_no_key_of_a_family_can_be_spared(signature: Signature) -> None:
    for spared in minimal(signature):
        fewer = {key: shape for key, shape in minimal(signature).items() if key != spared}
        assert signature not in _recognised(fewer)


def _recognised(shapes: Shapes) -> tuple[Signature, ...]:
    try:
        return (recognise(shapes, "x"),)
    except ModelError:
        return ()


def test_every_family_has_a_signature_and_every_signature_that_is_built_a_family() -> None:
    assert [(signature.name, signature.title) for signature in BUILT] == [(f.name, f.title) for f in FAMILIES.values()]


@pytest.mark.parametrize("signature", REFUSED, ids=named)
def test_what_is_not_built_is_refused_by_its_title_with_what_to_do(signature: Signature) -> None:
    with pytest.raises(ModelError) as caught:
        recognise(minimal(signature), "some.safetensors")

    why = f"no model to convert: {signature.instead}"
    assert str(caught.value) == f"some.safetensors: this is {signature.title}, {why}"


@pytest.mark.parametrize("signature", REFUSED, ids=named)
def test_no_key_of_a_signature_can_be_spared(signature: Signature) -> None:
    for spared in minimal(signature):
        fewer = {key: shape for key, shape in minimal(signature).items() if key != spared}
        with pytest.raises(ModelError) as caught:
            recognise(fewer, "x")
        assert f"this is {signature.title}, no model" not in str(caught.value)


@pytest.mark.parametrize("signature", REFUSED, ids=named)
def test_no_other_signature_claims_a_pico_checkpoint(signature: Signature) -> None:
    def present(beginning: str) -> bool:
        return any(name.startswith(beginning) for name in pico_shapes())

    assert not all(map(present, signature.keys)) or any(map(present, signature.without))


@pytest.mark.parametrize(
    ("name", "title"),
    [("sd2", "Stable Diffusion 2.x"), ("sdxl", "Stable Diffusion XL"), ("controlnet", "a ControlNet")],
)
def test_two_architectures_in_one_file_are_refused_with_both_titles(name: str, title: str) -> None:
    other = next(signature for signature in SIGNATURES if signature.name == name)

    with pytest.raises(ModelError) as caught:
        recognise({**pico_shapes(), **minimal(other)}, "some.safetensors")

    message = str(caught.value)
    assert message.startswith(f"some.safetensors: its keys match Stable Diffusion 1.x and {title}")
    assert "expected one architecture, it may be two files merged" in message


@pytest.mark.parametrize("shapes", [{}, {f"layer.{n}": (1,) for n in range(20)}], ids=["nothing", "something"])
def test_an_unknown_file_is_refused_with_ten_of_its_keys(shapes: Shapes) -> None:
    with pytest.raises(ModelError) as caught:
        recognise(shapes, "some.safetensors")

    message = str(caught.value)
    assert message.startswith(f"some.safetensors: unknown architecture: {len(shapes)} tensors such as ")
    assert message.count("layer.") == min(len(shapes), 10)
    assert "expected a checkpoint of Stable Diffusion (keys model.diffusion_model.*, first_stage_model.*" in message


@pytest.mark.parametrize("beginning", ["first_stage_model.", "cond_stage_model."])
def test_a_checkpoint_without_a_component_is_not_stable_diffusion_1(beginning: str) -> None:
    shapes = {key: shape for key, shape in pico_shapes().items() if not key.startswith(beginning)}

    with pytest.raises(ModelError):
        recognise(shapes, "x")


def test_a_controlnet_of_diffusers_is_not_taken_for_a_unet() -> None:
    keys = ("controlnet_cond_embedding.conv_in.weight", "controlnet_down_blocks.0.weight", "conv_in.weight")
    unet = ("down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight")

    with pytest.raises(ModelError, match="this is a ControlNet, no model to convert: a ControlNet belongs to"):
        recognise(dict.fromkeys((*keys, *unet), (1,)), "x")
