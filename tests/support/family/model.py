"""A model of the family: configs, and numbers from a seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.family.lazy import Array, Lazy
from tests.support.family.seeded import seeded
from tests.support.family.torch_shapes import Shapes, shapes_of

Config = Mapping[str, Any]


@dataclass(frozen=True)
class FamilyModel:
    """A pipeline with numbers; nothing is held in memory but the configs."""

    architecture: str
    pipeline: str
    """The class of diffusers that runs it."""
    configs: Mapping[str, Config]
    """`unet`, `vae`, and `text_encoder`, `text_encoder_2` where it has them, each with the config as published."""
    schedulers: Mapping[str, Config]
    """`scheduler`, and `low_res_scheduler` of an upscaler."""
    index: Config = field(default_factory=dict)
    """What `model_index.json` says beyond the parts."""
    seed: int = 0
    dtype: str = "float32"
    changed: Mapping[tuple[str, str], Array] = field(default_factory=dict)
    """(part, parameter name) to the value that it has instead of the seeded one."""

    def class_name(self, part: str) -> str:
        """The torch class of a part."""
        if part.startswith("text_encoder"):
            return str(self.configs[part]["architectures"][0])
        return str(self.configs[part]["_class_name"])

    def shapes(self, part: str) -> Shapes:
        """Parameter name to shape, as diffusers and transformers 4 name them."""
        return shapes_of(self.class_name(part), self.configs[part])

    def tensors(self, part: str) -> dict[str, Lazy]:
        """Parameter name to tensor."""
        return {name: self.tensor(part, name, shape) for name, shape in self.shapes(part).items()}

    def tensor(self, part: str, name: str, shape: tuple[int, ...]) -> Lazy:
        """One tensor; also one that the part itself lacks, for what only the original layout holds."""
        if (value := self.changed.get((part, name))) is not None:
            return Lazy(shape, self.dtype, lambda: value)
        return seeded(self.seed, part, name, shape, self.dtype)

    def values(self, part: str) -> dict[str, Array]:
        """Parameter name to numbers, all in memory: for tiny models."""
        return {name: tensor.array() for name, tensor in self.tensors(part).items()}
