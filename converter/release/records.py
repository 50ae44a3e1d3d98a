"""What a manifest has of each thing that a release is made of. Pure: values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FileRecord:
    """One file, by its path inside the folder that it belongs to (`/` between the parts)."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class SourceRecord:
    """Where weights came from."""

    role: str
    """What they are in the release: `model`, `vae`, `lora` or `inversion`."""
    name: str
    """Of the entry that asks for them."""
    uri: str
    """As the registry has it, without userinfo and query."""
    commit: str | None
    """The Hub commit that the revision was resolved to; `None` for local files."""
    files: tuple[FileRecord, ...]
    """Every weight file that was read."""


@dataclass(frozen=True)
class ModelRecord:
    """What the source turned out to be."""

    architecture: str
    """`sd1`, `sdxl-inpaint`, …"""
    title: str
    """The same as a person says it."""
    pipeline: str | None
    """The diffusers class that runs it; `None` for a ControlNet, which other pipelines take."""
    prediction_type: str | None
    """What the UNet predicts; `None` for a ControlNet."""
    zero_terminal_snr: bool
    """Whether its noise schedule ends without signal."""
    layout: str
    """`diffusers`, `original` or `original-ema`."""
    parameters: int
    dtypes: Mapping[str, int]
    """How many tensors of the source had which safetensors dtype."""
    image_multiple: int
    """Width and height of an image, in pixels, must be multiples of this: 64 for Stable Diffusion 1.5."""


@dataclass(frozen=True)
class LoraRecord:
    """A LoRA that was blended in."""

    name: str
    weight: Mapping[str, float]
    """How strongly, into the UNet and into the text encoders."""
    dialects: tuple[str, ...]
    """Whose way of naming tensors the file follows."""
    algorithms: Mapping[str, int]
    """Name to number of layers."""
    layers: Mapping[str, int]
    """Component to number of layers that it changes."""
    ranks: tuple[int, int] | None
    """The least and the greatest, where the algorithm has one."""
    alphas: tuple[float, float] | None
    """The same; `None` where the file has none, so that each is the rank."""


@dataclass(frozen=True)
class InversionRecord:
    """A Textual Inversion that was added."""

    name: str
    kind: str
    """Layout of its file."""
    vectors: int
    widths: Mapping[str, int]
    """Text encoder to the numbers in a vector."""
    tokens: tuple[str, ...]
    """The words in a prompt, in the order of their ids; the first stands for all vectors."""
    weight: float


@dataclass(frozen=True)
class ParityRecord:
    """One component run in onnxruntime and in PyTorch, at one shape, on the same seeded inputs."""

    shapes: Mapping[str, tuple[int, ...]]
    """Input name to shape."""
    max_abs: float
    psnr_db: float | None
    """`None` when both outputs are equal to the last bit (an infinite ratio)."""


@dataclass(frozen=True)
class PipelineRecord:
    """One image made twice, in a few steps: with the graphs of the release, and with what they are compared with."""

    settings: Mapping[str, str]
    """How: prompts, seed, steps, guidance, size, scheduler."""
    latents_psnr_db: float | None
    """`None` when equal to the last bit, here and below."""
    image_psnr_db: float | None
    limits: Mapping[str, float]
    """`latents_db` and `image_db`, which the two figures kept."""


@dataclass(frozen=True)
class ComponentRecord:
    """One ONNX graph of the release."""

    name: str
    template: str
    """Digest of what determined the graph."""
    nodes: int
    parameters: int
    size_bytes: int
    """Of its data file."""
    parity: tuple[ParityRecord, ...]
    """Empty when parity was not measured; such a folder is not published."""
    precision: str
    """That it computes in; `manifest.json` says it only where it is another one than the release's."""
    fused: Mapping[str, int] = field(default_factory=dict)
    """Contrib operator to how many nodes of it were fused; `manifest.json` says nothing where there are none."""
