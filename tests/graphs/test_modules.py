from typing import Any

import pytest
import torch

from converter.graphs import Component, ComponentKind, GraphError
from converter.graphs.modules import build_module, fill_buffers
from tests.support.components import component_of
from tests.support.sd1_models import pico


def test_a_module_has_shapes_and_no_memory(kind: ComponentKind) -> None:
    module = build_module(component_of(pico(), kind))
    assert {parameter.device.type for parameter in module.parameters()} == {"meta"}


def test_a_module_is_in_eval_mode_and_has_no_gradients(kind: ComponentKind) -> None:
    module = build_module(component_of(pico(), kind))
    assert not any(child.training for child in module.modules())
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_two_modules_of_one_component_have_the_same_parameters_in_the_same_order(kind: ComponentKind) -> None:
    first, second = (build_module(component_of(pico(), kind)) for _ in range(2))
    assert list(first.state_dict()) == list(second.state_dict())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (ComponentKind.UNET, {"norm_num_groups": 3}),
        (ComponentKind.UNET, {"down_block_types": ["CrossAttnDownBlock2D", "NoSuchBlock"]}),
        (ComponentKind.UNET, {"no_such_field": 1}),
        (ComponentKind.VAE_ENCODER, {"norm_num_groups": 3}),
        (ComponentKind.VAE_DECODER, {"act_fn": "no-such-function"}),
        (ComponentKind.TEXT_ENCODER, {"hidden_act": "no-such-function"}),
        (ComponentKind.TEXT_ENCODER, {"num_attention_heads": 3}),
        (ComponentKind.TEXT_ENCODER, {"num_attention_heads": 0}),
        (ComponentKind.TEXT_ENCODER, {"hidden_size": "64"}),
        (ComponentKind.TEXT_ENCODER, {"vocab_size": -1}),
        (ComponentKind.VAE_DECODER, {"block_out_channels": []}),
        (ComponentKind.UNET, {"cross_attention_dim": -1}),
    ],
)
def test_a_config_that_the_torch_class_refuses_is_refused_by_name(kind: ComponentKind, change: dict[str, Any]) -> None:
    component = component_of(pico(), kind)
    with pytest.raises(GraphError, match=f"{kind}: its torch class refuses the config"):
        build_module(Component(kind, {**component.config, **change}))


def test_the_buffer_of_clip_gets_the_numbers_of_its_positions() -> None:
    module = build_module(component_of(pico(), ComponentKind.TEXT_ENCODER))
    fill_buffers(module)
    buffers = dict(module.named_buffers())
    assert [tensor[0].tolist() for tensor in buffers.values()] == [list(range(77))]


def test_a_buffer_that_nobody_knows_the_value_of_is_refused() -> None:
    module = torch.nn.Linear(2, 2)
    module.register_buffer("scale", torch.zeros(2, device="meta"))
    with pytest.raises(GraphError, match="buffer 'scale' has no known value"):
        fill_buffers(module)
