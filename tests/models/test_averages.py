"""Averaged weights beside the plain ones: taken when they are whole, refused when they are not."""

from pathlib import Path

import numpy as np
import pytest

from converter.models import KeyMaps, ModelError, open_model
from converter.models.averages import averaged
from tests.support.original_shapes import Shapes, pico_shapes
from tests.support.sd1_models import original_tensors, pico, write_checkpoint

UNET = "model.diffusion_model."


def copy_of(name: str) -> str:
    """The name as CompVis' trainer writes it: the attribute `model` is not part of it, and the dots are gone."""
    return "model_ema." + name.removeprefix("model.").replace(".", "")


def with_averages(shapes: Shapes) -> Shapes:
    return {**shapes, **{copy_of(name): shape for name, shape in shapes.items() if name.startswith(UNET)}}


def test_a_file_without_averages_has_none() -> None:
    assert averaged(pico_shapes(), "x") == {}


def test_each_weight_of_the_unet_is_paired_with_its_average() -> None:
    found = averaged(with_averages(pico_shapes()), "x")

    assert found == {name: copy_of(name) for name in pico_shapes() if name.startswith(UNET)}
    assert found[f"{UNET}out.2.bias"] == "model_ema.diffusion_modelout2bias"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_ema.diffusion_modelout2bias": None}, f"weights without an average (1): {UNET}out.2.bias; expected"),
        ({"model_ema.diffusion_modelout9bias": (4,)}, "averages of nothing (1): model_ema.diffusion_modelout9"),
        (
            {"model_ema.diffusion_modelout2bias": (5,)},
            "averages of another shape (1): model_ema.",
        ),
        ({f"{UNET}out2.bias": (4,)}, "weights that share an average (1): "),
    ],
)
def test_averages_that_do_not_pair_are_refused(changes: dict[str, tuple[int, ...] | None], words: str) -> None:
    shapes = {**with_averages(pico_shapes()), **changes}

    with pytest.raises(ModelError) as caught:
        averaged({name: shape for name, shape in shapes.items() if shape is not None}, "model.ckpt")

    assert str(caught.value).startswith(f"model.ckpt: {words}")


def test_the_averages_are_taken_and_it_is_said(tmp_path: Path, key_maps: KeyMaps) -> None:
    tensors, shapes = original_tensors(pico(seed=1))
    averages = {copy_of(name): tensors[name]() for name in shapes if name.startswith(UNET)}
    path = write_checkpoint(pico(), tmp_path / "full.safetensors", extra=averages)

    with open_model(path, key_maps) as model:
        assert model.layout == "original-ema"
        assert f"{UNET}*" in model.leftovers
        assert model.parameters == sum(
            int(np.prod(shape)) for part in pico().configs for shape in pico().shapes(part).values()
        )
        for name, values in pico(seed=1).tensors("unet").items():
            np.testing.assert_array_equal(model.state_dicts["unet"].read(name), values(), err_msg=name)
        for name, values in pico(seed=0).tensors("vae").items():
            np.testing.assert_array_equal(model.state_dicts["vae"].read(name), values(), err_msg=name)
