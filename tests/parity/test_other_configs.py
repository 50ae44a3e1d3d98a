"""The rooms know no sizes: other configs of the same torch classes are traced, bound and compared as well."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from converter.graphs import ComponentKind, Template, TemplateStore, bind, ports_of
from converter.models.configs import shipped
from converter.parity import LIMITS, measure, require_within
from tests.support.components import PARTS, component_of, weights_of
from tests.support.sd1_models import Sd1, pico

pytestmark = pytest.mark.slow

UNET: Mapping[str, Any] = {
    **shipped("sd1", "unet"),
    "block_out_channels": [32, 64, 64],
    "layers_per_block": 2,
    "cross_attention_dim": 48,
    "attention_head_dim": [2, 4, 8],
    "upcast_attention": True,
    "use_linear_projection": True,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "norm_num_groups": 16,
}
TEXT: Mapping[str, Any] = {
    **shipped("sd1", "text_encoder"),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "eos_token_id": 49407,
    "hidden_act": "gelu",
}
VAE: Mapping[str, Any] = {
    **shipped("sd1", "vae"),
    "block_out_channels": [16, 32, 32],
    "layers_per_block": 1,
    "latent_channels": 3,
    "norm_num_groups": 8,
    "down_block_types": ["DownEncoderBlock2D"] * 3,
    "up_block_types": ["UpDecoderBlock2D"] * 3,
}
OTHER = Sd1({"text_encoder": TEXT, "unet": UNET, "vae": VAE}, seed=3)


@pytest.mark.parametrize("kind", list(PARTS))
def test_another_config_passes_the_gate(kind: ComponentKind, template_store: TemplateStore, tmp_path: Path) -> None:
    component, weights = component_of(OTHER, kind), weights_of(OTHER, kind)
    template: Template = template_store.get(component)
    bind(template, weights, tmp_path)
    require_within(measure(component, weights, tmp_path), LIMITS["fp32"], kind)


def test_a_text_encoder_of_three_layers_has_four_hidden_states() -> None:
    names = [port.name for port in ports_of(component_of(OTHER, ComponentKind.TEXT_ENCODER)).outputs]
    assert names[2:] == [f"hidden_states.{i}" for i in range(4)]


def test_another_seed_of_one_config_needs_no_other_template(template_store: TemplateStore) -> None:
    first, second = (template_store.get(component_of(pico(seed), ComponentKind.VAE_DECODER)) for seed in (0, 1))
    assert first == second
