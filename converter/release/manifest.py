"""The manifest of a release: what was asked, fetched, traced, bound and measured. Pure: values in, values out."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from converter.canonical import JsonObject, readable_json
from converter.release.errors import ReleaseError

MANIFEST_SCHEMA = 2
MANIFEST_NAME = "manifest.json"


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


@dataclass(frozen=True)
class Manifest:
    """Everything that is known about one release; `name`, `version` and `fingerprint` are its identity."""

    name: str
    version: int
    fingerprint: str
    recipe: int
    asked: JsonObject
    """The canonical form of the registry entry."""
    sources: tuple[SourceRecord, ...]
    """The model's first."""
    model: ModelRecord
    loras: tuple[LoraRecord, ...]
    """In the order in which they were blended."""
    inversions: tuple[InversionRecord, ...]
    precision: str
    limits: Mapping[str, float]
    """`max_abs` (not in float16) and `psnr_db`, which every parity figure kept."""
    components: tuple[ComponentRecord, ...]
    versions: Mapping[str, str]
    """Of the libraries that traced and measured."""
    files: tuple[FileRecord, ...]
    """Every file of the folder except the manifest, the card and the checksums themselves."""
    runtime_blending: bool = True
    """Whether a client can blend LoRAs into it as it loads it; said only of what was fused, and where it cannot."""
    minimum_onnxruntime: str | None = None
    """The first version that runs it; said only where that is not every version that clients have."""

    @property
    def tag(self) -> str:
        """The Hub tag of this release: `NAME.vN`."""
        return f"{self.name}.v{self.version}"

    @property
    def source(self) -> SourceRecord:
        """Where the model itself came from."""
        return self.sources[0]

    @property
    def graphs(self) -> tuple[str, ...]:
        """The folders that have a graph."""
        return tuple(component.name for component in self.components)

    @property
    def fused(self) -> Mapping[str, int]:
        """Contrib operator to how many nodes of it were fused, in all components together."""
        names = sorted({name for component in self.components for name in component.fused})
        return {name: sum(component.fused.get(name, 0) for component in self.components) for name in names}

    @property
    def size_bytes(self) -> int:
        """Sum of the listed files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def measured(self) -> bool:
        """Whether every component was compared with PyTorch."""
        return all(component.parity for component in self.components)

    def to_json(self) -> bytes:
        """The bytes of `manifest.json`; `Manifest.from_json(m.to_json()) == m`."""
        raw = {"schema": MANIFEST_SCHEMA, "tag": self.tag, **asdict(self)}
        raw["components"] = [_said(component, self.precision) for component in self.components]
        if self.runtime_blending and not self.fused:
            del raw["runtime_blending"]
        if self.minimum_onnxruntime is None:
            del raw["minimum_onnxruntime"]
        return readable_json(raw)

    @staticmethod
    def from_json(data: bytes, where: str) -> "Manifest":
        """Read the bytes of a `manifest.json`; `where` names the place in messages.

        Raises:
            ReleaseError: it is not JSON, of another schema, or lacks something.
        """
        try:
            raw = json.loads(data)
            if raw["schema"] != MANIFEST_SCHEMA:
                raise ReleaseError(
                    f"{where}: the manifest has schema {raw['schema']!r}, expected {MANIFEST_SCHEMA}; "
                    "use the version of this tool that wrote it"
                )
            return _manifest(raw)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise ReleaseError(f"{where}: not a manifest of a release ({type(error).__name__}: {error})") from error


def _manifest(raw: dict) -> Manifest:  # type: ignore[type-arg]  # JSON from outside, checked by what reads it
    return Manifest(
        name=str(raw["name"]),
        version=int(raw["version"]),
        fingerprint=str(raw["fingerprint"]),
        recipe=int(raw["recipe"]),
        asked=raw["asked"],
        sources=tuple(
            SourceRecord(str(item["role"]), str(item["name"]), item["uri"], item["commit"], _files(item["files"]))
            for item in _some(raw["sources"])
        ),
        model=ModelRecord(**raw["model"]),
        loras=tuple(_lora(item) for item in raw["loras"]),
        inversions=tuple(InversionRecord(**{**item, "tokens": tuple(item["tokens"])}) for item in raw["inversions"]),
        precision=str(raw["precision"]),
        limits=raw["limits"],
        components=tuple(_component(item, str(raw["precision"])) for item in raw["components"]),
        versions=raw["versions"],
        files=_files(raw["files"]),
        runtime_blending=bool(raw.get("runtime_blending", True)),
        minimum_onnxruntime=raw.get("minimum_onnxruntime"),
    )


def _said(component: ComponentRecord, precision: str) -> dict[str, object]:
    said = asdict(component)
    if component.precision == precision:
        del said["precision"]
    if not component.fused:
        del said["fused"]
    return said


def _some(raw: list[dict]) -> list[dict]:  # type: ignore[type-arg]
    if not raw:
        raise ValueError("there are no sources")
    return raw


def _files(raw: list[dict]) -> tuple[FileRecord, ...]:  # type: ignore[type-arg]
    return tuple(FileRecord(str(f["path"]), int(f["size_bytes"]), str(f["sha256"])) for f in raw)


def _lora(raw: dict) -> LoraRecord:  # type: ignore[type-arg]
    pairs = {name: tuple(raw[name]) if raw[name] is not None else None for name in ("ranks", "alphas")}
    return LoraRecord(**{**raw, **pairs, "dialects": tuple(raw["dialects"])})


def _component(raw: dict, precision: str) -> ComponentRecord:  # type: ignore[type-arg]
    parity = tuple(
        ParityRecord({name: tuple(shape) for name, shape in p["shapes"].items()}, p["max_abs"], p["psnr_db"])
        for p in raw["parity"]
    )
    return ComponentRecord(**{"precision": precision, **raw, "parity": parity})
