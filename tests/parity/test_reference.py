import gc
import weakref
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from converter.graphs import ComponentKind
from converter.parity.inputs import seeded_inputs
from converter.parity.reference import run_reference
from tests.support.components import ArrayWeights, component_of, weights_of
from tests.support.sd1_models import pico

UNET = component_of(pico(), ComponentKind.UNET)


@pytest.fixture(scope="module")
def folder(pico_folder: Path) -> Path:
    return pico_folder


def test_the_unet_is_what_diffusers_loads_and_computes(folder: Path) -> None:
    import torch
    from diffusers import UNet2DConditionModel

    inputs = seeded_inputs(UNET, 0)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet")
    with torch.no_grad():
        expected = unet(*(torch.from_numpy(array) for array in inputs.values())).sample.numpy()
    ((found,),) = run_reference(UNET, weights_of(pico(), ComponentKind.UNET), [inputs])
    np.testing.assert_array_equal(found, expected)


def test_the_vae_is_what_diffusers_loads_and_computes(folder: Path) -> None:
    import torch
    from diffusers import AutoencoderKL

    vae = AutoencoderKL.from_pretrained(folder / "vae")
    encoder, decoder = (component_of(pico(), kind) for kind in (ComponentKind.VAE_ENCODER, ComponentKind.VAE_DECODER))
    image, latents = seeded_inputs(encoder, 0), seeded_inputs(decoder, 0)
    with torch.no_grad():
        distribution = vae.encode(torch.from_numpy(image["sample"])).latent_dist
        decoded = vae.decode(torch.from_numpy(latents["latent_sample"])).sample.numpy()
    ((mean, parameters),) = run_reference(encoder, weights_of(pico(), ComponentKind.VAE_ENCODER), [image])
    ((sample,),) = run_reference(decoder, weights_of(pico(), ComponentKind.VAE_DECODER), [latents])
    np.testing.assert_array_equal(mean, distribution.mode().numpy())
    np.testing.assert_array_equal(parameters, distribution.parameters.numpy())
    np.testing.assert_array_equal(sample, decoded)


def test_the_text_encoder_is_what_transformers_loads_and_computes(folder: Path) -> None:
    import torch
    from transformers import CLIPTextModel

    text = component_of(pico(), ComponentKind.TEXT_ENCODER)
    inputs = seeded_inputs(text, 0)
    model = CLIPTextModel.from_pretrained(folder / "text_encoder")
    with torch.no_grad():
        output = model(torch.from_numpy(inputs["input_ids"]), output_hidden_states=True)
    (found,) = run_reference(text, weights_of(pico(), ComponentKind.TEXT_ENCODER), [inputs])
    expected = (output.last_hidden_state, output.pooler_output, *output.hidden_states)
    assert len(found) == len(expected) == 5
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs.numpy())


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_half_precision_weights_are_widened_before_they_are_computed_with(dtype: Any) -> None:
    half = {name: array.astype(dtype) for name, array in weights_of(pico(), ComponentKind.UNET).arrays.items()}
    wide = {name: array.astype(np.float32) for name, array in half.items()}
    inputs = [seeded_inputs(UNET, 0)]
    ((found,),) = run_reference(UNET, ArrayWeights(half), inputs)
    ((expected,),) = run_reference(UNET, ArrayWeights(wide), inputs)
    np.testing.assert_array_equal(found, expected)


def test_read_only_weights_are_neither_copied_nor_changed(recwarn: pytest.WarningsRecorder) -> None:
    weights = weights_of(pico(), ComponentKind.UNET)
    for array in weights.arrays.values():
        array.flags.writeable = False
    before = {name: array.tobytes() for name, array in weights.arrays.items()}
    run_reference(UNET, weights, [seeded_inputs(UNET, 0)])
    assert {name: array.tobytes() for name, array in weights.arrays.items()} == before
    assert not recwarn.list


@pytest.mark.parametrize("kind", [ComponentKind.TEXT_ENCODER, ComponentKind.UNET])
def test_the_weights_are_gone_once_the_outputs_are_there(kind: ComponentKind) -> None:
    """Without a search for cycles of references, which transformers' modules have: the next one needs the room."""
    component, kept = component_of(pico(), kind), weights_of(pico(), kind)
    copies: list[weakref.ref[Any]] = []

    class Copies:
        shapes = kept.shapes

        def read(self, name: str) -> Any:
            copy = np.array(kept.read(name))
            copies.append(weakref.ref(copy))
            return copy

        def done(self, name: str) -> None:
            kept.done(name)

    gc.collect()
    gc.disable()
    try:
        run_reference(component, Copies(), [seeded_inputs(component, 0)])
        alive = [copy for copy in copies if copy() is not None]
    finally:
        gc.enable()
    assert len(copies) == len(kept.shapes)
    assert alive == []
