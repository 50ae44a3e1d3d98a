"""The torch side of a component: a module whose parameters already have the names that the release will use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.graphs.component import Component, ComponentKind
from converter.graphs.errors import GraphError
from converter.graphs.ports import ports_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

NAMED_INPUTS = 3
"""How many inputs of a UNet are parameters of `forward` by name: the noisy image, the timestep and the text."""
OTHERS = "others"
"""The parameter that takes the rest, in the order of the ports."""


def build_module(component: Component) -> Module:
    """The module of a component on the `meta` device: shapes and no memory, in eval mode, without gradients.

    Its `state_dict` names are diffusers' and transformers 4's (`text_model.embeddings.token_embedding.weight`, which
    consumers look for; transformers 5 dropped the prefix). Inputs and outputs are those of `ports_of(component)`.

    Raises:
        GraphError: the torch class refuses the config.
    """
    import torch

    try:
        with torch.device("meta"):
            module = _BUILDERS[component.kind](component)
    # The config is a stranger's: diffusers and transformers raise whatever its values run into (huggingface_hub's own
    # validation errors, ZeroDivisionError, RuntimeError for a negative size, ...).
    except Exception as error:
        raise GraphError(
            f"{component.kind}: its torch class refuses the config ({error}); "
            "expected the config of a Stable Diffusion component, check its config.json"
        ) from error
    return module.eval().requires_grad_(False)


def fill_buffers(module: Module) -> None:
    """Give the buffers that no checkpoint carries their values: CLIP's `position_ids`, the numbers 0 to N-1."""
    import torch

    for name, buffer in list(module.named_buffers()):
        if not name.endswith("position_ids"):
            raise GraphError(f"buffer {name!r} has no known value; expected only CLIP's position_ids, report this")
        owner = module.get_submodule(name.rpartition(".")[0])
        values = torch.arange(buffer.shape[-1], dtype=buffer.dtype, device="cpu")
        owner.register_buffer("position_ids", values.expand(tuple(buffer.shape)), persistent=False)


def _text_encoder(component: Component) -> Module:
    from torch import nn
    from transformers import CLIPTextConfig, CLIPTextModel

    class TextEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            model = CLIPTextModel(CLIPTextConfig(**component.config))
            self.text_model = getattr(model, "text_model", model)

        def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
            output = self.text_model(input_ids=input_ids, output_hidden_states=True)
            return (output.last_hidden_state, output.pooler_output, *output.hidden_states)

    return TextEncoder()


def _text_encoder_2(component: Component) -> Module:
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    class TextEncoder2(CLIPTextModelWithProjection):  # type: ignore[misc]  # transformers ships no types
        def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
            output = super().forward(input_ids=input_ids, output_hidden_states=True)
            return (output.text_embeds, output.last_hidden_state, *output.hidden_states)

    encoder: Module = TextEncoder2(CLIPTextConfig(**component.config))
    return encoder


def _unet(component: Component) -> Module:
    from diffusers import UNet2DConditionModel

    names = _other_names(component)

    class UNet(UNet2DConditionModel):  # type: ignore[misc]  # diffusers ships no types
        def forward(self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor, *others: Tensor) -> Tensor:
            keywords = _keywords(dict(zip(names, others, strict=True)))
            output: Tensor = super().forward(sample, timestep, encoder_hidden_states, **keywords, return_dict=False)[0]
            return output

    unet: Module = UNet(**component.config)
    return unet


def _controlnet(component: Component) -> Module:
    from diffusers import ControlNetModel

    names = _other_names(component)

    class ControlNet(ControlNetModel):  # type: ignore[misc]  # diffusers ships no types
        def forward(
            self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor, *others: Tensor
        ) -> tuple[Tensor, ...]:
            keywords = _keywords(dict(zip(names, others, strict=True)))
            down, middle = super().forward(sample, timestep, encoder_hidden_states, **keywords, return_dict=False)
            return (*down, middle)

    controlnet: Module = ControlNet(**component.config)
    return controlnet


def _other_names(component: Component) -> list[str]:
    return [port.name for port in ports_of(component).inputs[NAMED_INPUTS:]]


def _keywords(others: dict[str, Tensor]) -> dict[str, Any]:
    """Inputs by their ports' names, as keywords of diffusers' `forward`."""
    added = {name: others.pop(name) for name in ("text_embeds", "time_ids") if name in others}
    down = tuple(others.pop(name) for name in [name for name in others if name.startswith("down_block_")])
    return {
        **others,
        **({"added_cond_kwargs": added} if added else {}),
        **({"down_block_additional_residuals": down} if down else {}),
    }


def _vae_encoder(component: Component) -> Module:
    import torch
    from diffusers import AutoencoderKL
    from torch import nn

    class VaeEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            vae = AutoencoderKL(**component.config)
            self.encoder, self.quant_conv = vae.encoder, vae.quant_conv

        def forward(self, sample: Tensor) -> tuple[Tensor, Tensor]:
            parameters = self.quant_conv(self.encoder(sample))
            return torch.chunk(parameters, 2, dim=1)[0], parameters

    return VaeEncoder()


def _vae_decoder(component: Component) -> Module:
    from diffusers import AutoencoderKL
    from torch import nn

    class VaeDecoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            vae = AutoencoderKL(**component.config)
            self.decoder, self.post_quant_conv = vae.decoder, vae.post_quant_conv

        def forward(self, latent_sample: Tensor) -> Tensor:
            image: Tensor = self.decoder(self.post_quant_conv(latent_sample))
            return image

    return VaeDecoder()


_BUILDERS = {
    ComponentKind.TEXT_ENCODER: _text_encoder,
    ComponentKind.TEXT_ENCODER_2: _text_encoder_2,
    ComponentKind.UNET: _unet,
    ComponentKind.CNET: _unet,
    ComponentKind.CONTROLNET: _controlnet,
    ComponentKind.VAE_ENCODER: _vae_encoder,
    ComponentKind.VAE_DECODER: _vae_decoder,
}
