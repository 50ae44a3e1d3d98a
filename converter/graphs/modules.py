"""The torch side of a component: a module whose parameters already have the names that the release will use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.graphs.component import Component, ComponentKind
from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


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
            module = _BUILDERS[component.kind](dict(component.config))
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


def _text_encoder(config: dict[str, Any]) -> Module:
    from torch import nn
    from transformers import CLIPTextConfig, CLIPTextModel

    class TextEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            model = CLIPTextModel(CLIPTextConfig(**config))
            self.text_model = getattr(model, "text_model", model)

        def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
            output = self.text_model(input_ids=input_ids, output_hidden_states=True)
            return (output.last_hidden_state, output.pooler_output, *output.hidden_states)

    return TextEncoder()


def _unet(config: dict[str, Any]) -> Module:
    from diffusers import UNet2DConditionModel

    class UNet(UNet2DConditionModel):  # type: ignore[misc]  # diffusers ships no types
        def forward(self, sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
            output: Tensor = super().forward(sample, timestep, encoder_hidden_states, return_dict=False)[0]
            return output

    unet: Module = UNet(**config)
    return unet


def _vae_encoder(config: dict[str, Any]) -> Module:
    import torch
    from diffusers import AutoencoderKL
    from torch import nn

    class VaeEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            vae = AutoencoderKL(**config)
            self.encoder, self.quant_conv = vae.encoder, vae.quant_conv

        def forward(self, sample: Tensor) -> tuple[Tensor, Tensor]:
            parameters = self.quant_conv(self.encoder(sample))
            return torch.chunk(parameters, 2, dim=1)[0], parameters

    return VaeEncoder()


def _vae_decoder(config: dict[str, Any]) -> Module:
    from diffusers import AutoencoderKL
    from torch import nn

    class VaeDecoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            vae = AutoencoderKL(**config)
            self.decoder, self.post_quant_conv = vae.decoder, vae.post_quant_conv

        def forward(self, latent_sample: Tensor) -> Tensor:
            image: Tensor = self.decoder(self.post_quant_conv(latent_sample))
            return image

    return VaeDecoder()


_BUILDERS = {
    ComponentKind.TEXT_ENCODER: _text_encoder,
    ComponentKind.UNET: _unet,
    ComponentKind.VAE_ENCODER: _vae_encoder,
    ComponentKind.VAE_DECODER: _vae_decoder,
}
