"""Tensors of every floating-point type are read as float32, exactly where it can hold them."""

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.lora import Targets, apply_changes, changes_for, read_lora
from tests.support.lora_files.in_memory import in_memory
from tests.support.lora_files.made import opened
from tests.support.safetensors_files import write_tensors

TARGETS = Targets("a model", {"unet": {"conv_in.weight": (2, 3)}})
UP = np.array([[1.5], [-2.0]], np.float32)
DOWN = np.array([[0.25, 1.0, -4.0]], np.float32)


def named(up: Any, down: Any) -> dict[str, Any]:
    return {"lora_unet_conv_in.lora_up.weight": up, "lora_unet_conv_in.lora_down.weight": down}


@pytest.mark.parametrize(
    "dtype", [np.float64, np.float32, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]
)
def test_any_floating_point_type_gives_the_same_numbers(tmp_path: Path, dtype: Any) -> None:
    file = opened(write_tensors(tmp_path / "lora.safetensors", named(UP.astype(dtype), DOWN.astype(dtype))))

    changes = changes_for([read_lora(file, TARGETS)], "unet", "conv_in.weight")

    assert apply_changes(np.zeros((2, 3), np.float32), changes).tolist() == (UP @ DOWN).tolist()


def test_a_number_that_only_float64_can_hold_is_refused() -> None:
    file = in_memory(named(UP.astype(np.float64) * 1e300, DOWN))
    changes = changes_for([read_lora(file, TARGETS)], "unet", "conv_in.weight")

    with pytest.raises(BlendError, match=r"tensor 'lora_unet_conv_in\.lora_up\.weight' .* holds an infinity"):
        apply_changes(np.zeros((2, 3), np.float32), changes)


def test_a_one_by_one_convolution_and_a_linear_layer_take_each_other_s_factors() -> None:
    pointwise = Targets("a model", {"unet": {"conv_in.weight": (2, 3, 1, 1)}})
    as_convolution = named(UP[:, :, None, None], DOWN[:, :, None, None])

    for targets, tensors in ((TARGETS, as_convolution), (pointwise, named(UP, DOWN)), (pointwise, as_convolution)):
        changes = changes_for([read_lora(in_memory(tensors), targets)], "unet", "conv_in.weight")
        new = apply_changes(np.zeros(targets.shapes["unet"]["conv_in.weight"], np.float32), changes)
        assert new.reshape(2, 3).tolist() == (UP @ DOWN).tolist()


@pytest.mark.parametrize("alpha", [0.0, None])
def test_an_alpha_of_0_and_a_missing_one_mean_the_rank(alpha: float | None) -> None:
    given = {} if alpha is None else {"lora_unet_conv_in.alpha": np.array(alpha, np.float32)}

    changes = changes_for([read_lora(in_memory(named(UP, DOWN) | given), TARGETS)], "unet", "conv_in.weight")

    assert apply_changes(np.zeros((2, 3), np.float32), changes).tolist() == (UP @ DOWN).tolist()


def test_the_unet_and_the_text_encoder_have_weights_of_their_own() -> None:
    layer = "text_model.encoder.layers.0.mlp.fc1"
    targets = Targets("a model", {**TARGETS.shapes, "text_encoder": {f"{layer}.weight": (2, 3)}})
    tensors = named(UP, DOWN) | {
        f"lora_te_{layer.replace('.', '_')}.lora_{side}.weight": value for side, value in (("up", UP), ("down", DOWN))
    }

    plan = read_lora(in_memory(tensors), targets, weight=_Weight(0.5, 0.25))

    assert plan.changes["unet"]["conv_in.weight"].strength == 0.5
    assert plan.changes["text_encoder"][f"{layer}.weight"].strength == 0.25


class _Weight:
    def __init__(self, unet: float, text_encoder: float) -> None:
        self.unet = unet
        self.text_encoder = text_encoder
