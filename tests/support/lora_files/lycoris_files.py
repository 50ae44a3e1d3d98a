"""Files that LyCORIS' own modules write, with the weights that they compute.

Where LyCORIS' merge is right, it is asked (`get_merged_weight`). For LoHa and LoKr it applies alpha / rank twice, so
the weight that its forward pass uses is taken instead (`get_weight`, with the magnitudes of DoRA applied to it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from converter.blend.lora import Part
from tests.support.lora_files.made import Made
from tests.support.lora_files.naming import Naming, kohya
from tests.support.lora_files.tiny_models import TinyModel, generator

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Array = np.ndarray[Any, Any]
Weights = Callable[[Any, "Tensor"], "tuple[Tensor, Tensor | None]"]


@dataclass(frozen=True)
class Lycoris:
    """One of LyCORIS' modules on every layer that it can change."""

    module: str
    """The name of its class."""
    options: dict[str, Any]
    weights: Weights
    """From such a module and the old weight to the new weight and bias."""
    want: Callable[[Any], bool]
    """Which layers."""
    naming: Naming = kohya
    exact: bool = True
    """Whether the module can compute in float64."""
    spread: float = 0.3
    """Of the random numbers: products of many need larger ones to matter."""

    def __call__(self, model: TinyModel) -> Made:
        tensors: dict[str, Array] = {}
        expected: dict[tuple[Part, str], Array] = {}
        for part, layer, module in self._layers(model):
            adapter = self._adapter(module, (model.key, part, layer))
            name = self.naming(model, part, layer)
            for key, value in adapter.state_dict().items():
                tensors[f"{name}.{key}"] = value.detach().numpy().copy()
            weight, bias = self._new(adapter, module)
            expected[part, f"{layer}.weight"] = weight
            if bias is not None:
                expected[part, f"{layer}.bias"] = bias
        return Made(tensors, expected)

    def _layers(self, model: TinyModel) -> Iterator[tuple[Part, str, Module]]:
        for part in model.modules:
            for layer, module in model.layers(part, self.want).items():
                yield part, layer, module

    def _adapter(self, module: Module, words: tuple[str, ...]) -> Any:
        import torch
        from lycoris import modules

        kinds = vars(modules)
        adapter = kinds[self.module]("a", module, **self.options)
        if self.module == "FullModule":
            return _trained_full(adapter, module, words)
        for name, parameter in adapter.named_parameters():
            values = generator(self.module, *words, name).standard_normal(tuple(parameter.shape), dtype=np.float32)
            if name == "dora_scale":  # it begins as the norms of the old weight, and is always positive
                parameter.data.mul_(torch.from_numpy(np.exp(values * 0.2)))
            else:
                parameter.data.copy_(torch.from_numpy(values * self.spread))
        return adapter.eval().requires_grad_(False)

    def _new(self, adapter: Any, module: Module) -> tuple[Array, Array | None]:
        exact = deepcopy(module)
        adapter.org_module = [exact]
        if self.exact:
            adapter.double()
            exact.double()
            if hasattr(adapter, "_org_weight"):
                adapter._org_weight = [exact.weight]
                adapter.org_bias = None if exact.bias is None else [exact.bias]
        weight, bias = self.weights(adapter, exact.weight)
        return weight.double().numpy(), None if bias is None else bias.double().numpy()


def _trained_full(adapter: Any, module: Module, words: tuple[str, ...]) -> Any:
    """A module that was trained: it holds new weights while it is, writes differences, and is loaded from them."""
    import torch

    adapter = type(adapter)("a", deepcopy(module))
    adapter.apply_to()
    for name, parameter in adapter.named_parameters():
        values = generator("full", *words, name).standard_normal(tuple(parameter.shape), dtype=np.float32)
        parameter.data.add_(torch.from_numpy(values * 0.3))
    saved = adapter.custom_state_dict()
    with torch.no_grad():
        loaded = type(adapter).make_module_from_state_dict("a", module, saved["diff"], saved.get("diff_b"))
    loaded.state_dict = lambda: saved
    return loaded.requires_grad_(False)


def merged(adapter: Any, weight: Tensor) -> tuple[Tensor, Tensor | None]:
    """LyCORIS' own merge."""
    new, bias = adapter.get_merged_weight(1, weight.shape)
    return new, bias


def of_forward(adapter: Any, weight: Tensor) -> tuple[Tensor, Tensor | None]:
    """What LyCORIS' forward pass puts in the weight's place."""
    new = weight + adapter.get_weight(weight.shape) * adapter.scalar
    return (adapter.apply_weight_decompose(new) if adapter.wd else new), None


def linear_or_conv(module: Any) -> bool:
    from torch.nn import Conv2d, Linear

    return isinstance(module, Linear | Conv2d)


def large(module: Any) -> bool:
    """What has enough outputs to be cut into blocks."""
    return linear_or_conv(module) and module.weight.shape[0] >= 16


def spatial(module: Any) -> bool:
    from torch.nn import Conv2d

    return isinstance(module, Conv2d) and module.kernel_size != (1, 1)


def norm(module: Any) -> bool:
    from torch.nn import GroupNorm, LayerNorm

    return isinstance(module, GroupNorm | LayerNorm)


def in_blocks(module: Any) -> bool:
    """What LyCORIS' table of original names knows in every UNet; `up_blocks.N.upsamplers` it knows in SDXL alone."""
    from torch.nn import Linear

    return isinstance(module, Linear)
