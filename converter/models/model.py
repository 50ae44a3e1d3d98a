"""A model, recognised and ready to be converted: configs, state dicts, tokenizers, schedulers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from types import TracebackType
from typing import Literal

from converter.canonical import JsonObject
from converter.models.configs import Part
from converter.models.prediction import Prediction
from converter.models.state_dict import StateDict
from converter.weights import WeightFile

Layout = Literal["diffusers", "original", "original-ema"]
"""The last is an original checkpoint with averaged (EMA) weights beside the plain ones: the averaged ones are taken."""

_GRAPHS: Mapping[str, tuple[Part, tuple[str, ...]]] = {
    "text_encoder": ("text_encoder", ("",)),
    "text_encoder_2": ("text_encoder_2", ("",)),
    "unet": ("unet", ("",)),
    "cnet": ("unet", ("",)),
    "controlnet": ("controlnet", ("",)),
    "vae_encoder": ("vae", ("encoder.", "quant_conv.")),
    "vae_decoder": ("vae", ("decoder.", "post_quant_conv.")),
}
"""Which part of the model each graph takes, and how its parameters begin; in the order in which they are made."""
_ON_REQUEST = frozenset({"cnet"})
_SIZE_IDS = 6
"""Numbers about sizes that Stable Diffusion XL takes, except for its refiner, which has no ControlNets."""


def part_of(graph: str) -> Part:
    """The part of a pipeline that a graph is made of: `vae` of `vae_decoder`."""
    return _GRAPHS[graph][0]


def pooled_width(part: Part, configs: Mapping[Part, JsonObject]) -> int | None:
    """Width of the pooled text that a UNet or ControlNet takes, by the canonical configs; `None` if it takes none.

    It is what the second text encoder gives. A ControlNet comes without text encoders; those of Stable Diffusion XL
    take 6 numbers about sizes.
    """
    if part not in ("unet", "controlnet"):
        return None
    if "text_encoder_2" in configs:
        return int(str(configs["text_encoder_2"]["projection_dim"]))
    config = configs.get("controlnet", {})
    if config.get("addition_embed_type") != "text_time":
        return None
    fields = ("projection_class_embeddings_input_dim", "addition_time_embed_dim")
    whole, each = (int(str(config[name])) for name in fields)
    return whole - _SIZE_IDS * each


@dataclass(frozen=True)
class Graph:
    """What one graph is made of."""

    config: JsonObject
    """Canonical config of its torch class."""
    pooled_width: int | None
    """Of the pooled text, for UNets that take it."""
    weights: StateDict


@dataclass(frozen=True)
class Pipeline:
    """How the parts work together: what diffusers' `model_index.json` says."""

    class_name: str
    flags: JsonObject = field(default_factory=dict)
    """Switches of the class, such as `force_zeros_for_empty_prompt`."""


@dataclass(frozen=True)
class Model:
    """A model of Stable Diffusion whose weights are still in their files. Close it, or use it as a context manager."""

    architecture: str
    title: str
    """The same as a person says it."""
    layout: Layout
    configs: Mapping[Part, JsonObject]
    """As they are published (`config.json`)."""
    graph_configs: Mapping[Part, JsonObject]
    """Their canonical form: what the graphs are traced from."""
    state_dicts: Mapping[Part, StateDict]
    tokenizers: Mapping[str, Mapping[str, bytes]]
    """Folder (`tokenizer`, `tokenizer_2`) to file name to content."""
    schedulers: Mapping[str, JsonObject]
    """Folder (`scheduler`, `low_res_scheduler`) to config."""
    pipeline: Pipeline | None
    """`None` for a ControlNet, which is a part of other pipelines."""
    prediction: Prediction | None
    files: Mapping[str, WeightFile]
    """The open weight files, by their paths inside the model's folder; a single file by its name."""
    leftovers: tuple[str, ...]
    """Keys that are known to belong to training, and are not converted; `*` stands for all that begin so."""
    control: bool = False
    """Whether the UNet is wanted once more, with inputs for a ControlNet."""

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the weight files."""
        for file in self.files.values():
            file.close()

    @property
    def graphs(self) -> tuple[str, ...]:
        """The graphs that it becomes, by the names of their folders: `text_encoder`, `unet` and so on."""
        wanted = (name for name in _GRAPHS if name not in _ON_REQUEST or self.control)
        return tuple(name for name in wanted if _GRAPHS[name][0] in self.state_dicts)

    def graph(self, name: str) -> Graph:
        """What a graph of `graphs` is made of."""
        part, beginnings = _GRAPHS[name]
        pooled = pooled_width(part, self.graph_configs)
        return Graph(self.graph_configs[part], pooled, self.state_dicts[part].part(*beginnings))

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
        fields: list[tuple[Part, str]] = [
            ("unet", "block_out_channels"),
            ("vae", "block_out_channels"),
            ("controlnet", "block_out_channels"),
            ("controlnet", "conditioning_embedding_out_channels"),
        ]
        present = [self.graph_configs[part][name] for part, name in fields if part in self.graph_configs]
        return int(2 ** sum(len(widths) - 1 for widths in present if isinstance(widths, tuple | list)))

    @property
    def parameters(self) -> int:
        """How many numbers the state dicts have together."""
        return sum(prod(shape) for part in self.state_dicts.values() for shape in part.shapes.values())

    @property
    def dtypes(self) -> Mapping[str, int]:
        """How many tensors have which safetensors dtype."""
        counted = Counter(file.info(name).dtype for file in self.files.values() for name in file.names)
        return dict(sorted(counted.items()))
