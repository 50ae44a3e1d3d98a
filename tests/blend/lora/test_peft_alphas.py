"""PEFT's alphas, which diffusers writes into the metadata."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from converter.blend import BlendError
from converter.blend.lora.peft_alphas import peft_scale
from converter.blend.lora.targets import Layer
from tests.support.lora_files.in_memory import header_of

LAYER = Layer("unet", "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", (4, 4), None)


def scale(settings: Mapping[str, Any] | str) -> float | None:
    raw = settings if isinstance(settings, str) else json.dumps(settings)
    return peft_scale(header_of({}, {"lora_adapter_metadata": raw}), LAYER, rank=4)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"unet.lora_alpha": 8}, 2),
        ({"lora_alpha": 8}, 2),
        ({"text_encoder.lora_alpha": 8}, None),
        ({"unet.lora_alpha": 8, "unet.use_rslora": True}, 4),
        ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 2}}, 0.5),
        ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"^attn1.to_q": 2}}, 0.5),
        ({"unet.lora_alpha": 8, "unet.alpha_pattern": {"ttn1.to_q": 2, "attn2.to_q": 2}}, 2),
        ({"unet.r": 4}, None),
    ],
)
def test_alpha_is_that_of_the_part_or_of_the_layer(settings: Mapping[str, Any], expected: float | None) -> None:
    assert scale(settings) == expected


def test_without_metadata_nothing_is_said() -> None:
    assert peft_scale(header_of({}), LAYER, rank=4) is None


@pytest.mark.parametrize(
    "raw", ["{", "[]", '{"unet.lora_alpha": "8"}', '{"unet.lora_alpha": NaN}', '{"lora_alpha": true}', "[" * 100000]
)
def test_damaged_metadata_is_refused(raw: str) -> None:
    with pytest.raises(BlendError, match=r"the metadata's lora_adapter_metadata: .*; save the LoRA again"):
        scale(raw)
