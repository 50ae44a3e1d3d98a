"""A model, recognised and ready to be converted: configs, state dicts, tokenizer, scheduler."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import TracebackType
from typing import Literal

from converter.canonical import JsonObject
from converter.models.configs import Part
from converter.models.state_dict import StateDict
from converter.weights import WeightFile

Layout = Literal["diffusers", "original", "original-ema"]
"""The last is an original checkpoint with averaged (EMA) weights beside the plain ones: the averaged ones are taken."""

_GRAPHS: Mapping[str, tuple[Part, tuple[str, ...]]] = {
    "text_encoder": ("text_encoder", ("",)),
    "unet": ("unet", ("",)),
    "vae_encoder": ("vae", ("encoder.", "quant_conv.")),
    "vae_decoder": ("vae", ("decoder.", "post_quant_conv.")),
}
"""Which part of the model each graph takes, and how its parameters begin."""


@dataclass(frozen=True)
class Model:
    """A Stable Diffusion pipeline whose weights are still in their files. Close it, or use it as a context manager."""

    architecture: str
    layout: Layout
    configs: Mapping[Part, JsonObject]
    """As they are published (`config.json`)."""
    graph_configs: Mapping[Part, JsonObject]
    """Their canonical form: what the graphs are traced from."""
    state_dicts: Mapping[Part, StateDict]
    tokenizer: Mapping[str, bytes]
    """File name to content."""
    scheduler: JsonObject
    files: Mapping[str, WeightFile]
    """The open weight files, by their paths inside the model's folder; a single file by its name."""
    leftovers: tuple[str, ...]
    """Keys that are known to belong to training, and are not converted; `*` stands for all that begin so."""

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the weight files."""
        for file in self.files.values():
            file.close()

    def graph(self, name: str) -> tuple[JsonObject, StateDict]:
        """The canonical config and the state dict of `text_encoder`, `unet`, `vae_encoder` or `vae_decoder`."""
        part, beginnings = _GRAPHS[name]
        return self.graph_configs[part], self.state_dicts[part].part(*beginnings)

    def published_config(self, name: str) -> JsonObject:
        """The `config.json` beside a graph."""
        return self.configs[_GRAPHS[name][0]]

    @property
    def size_bytes(self) -> int:
        """Of the weight files."""
        return sum(file.size_bytes for file in self.files.values())

    @property
    def image_multiple(self) -> int:
        """What width and height of an image must be multiples of, in pixels: each block but the last halves them."""
        halvings = (len(self.graph_configs[part]["block_out_channels"]) - 1 for part in ("unet", "vae"))  # type: ignore[arg-type]
        return int(2 ** sum(halvings))

    @property
    def parameters(self) -> int:
        """How many numbers the state dicts have together."""
        return sum(prod(shape) for part in self.state_dicts.values() for shape in part.shapes.values())

    @property
    def dtypes(self) -> Mapping[str, int]:
        """How many tensors have which safetensors dtype."""
        counted = Counter(file.info(name).dtype for file in self.files.values() for name in file.names)
        return dict(sorted(counted.items()))
