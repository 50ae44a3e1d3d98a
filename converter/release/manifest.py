"""The manifest of a release: what was asked, fetched, traced, bound and measured. Pure: values in, values out."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from converter.canonical import JsonObject, readable_json
from converter.release.errors import ReleaseError
from converter.release.records import (
    ComponentRecord,
    FileRecord,
    InversionRecord,
    LoraRecord,
    ModelRecord,
    ParityRecord,
    PipelineRecord,
    SourceRecord,
)

MANIFEST_SCHEMA = 2
MANIFEST_NAME = "manifest.json"


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
    """Whether a client can blend LoRAs into it as it loads it; `manifest.json` says it of what was fused, and where it
    cannot."""
    minimum_onnxruntime: str | None = None
    """The first version that runs it; said only where that is not every version that clients have."""
    pipeline: PipelineRecord | None = None
    """Left out of `manifest.json` where it is `None`, as is what follows: older releases have none of it."""
    pipeline_absent: str | None = None
    """Why the components were compared and the pipeline as a whole was not."""
    reference: str | None = None
    """`fp32-onnx` where components in fewer bits were compared with their own float32 graphs, and not with PyTorch."""
    device: str | None = None
    """`cuda` where all comparisons ran on it, and not on the CPU."""

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
    def compared_with(self) -> str:
        """What the components were compared with, in words."""
        return "PyTorch" if self.reference is None else "their float32 graphs"

    @property
    def measured(self) -> bool:
        """Whether every component was compared with PyTorch, or what stands for it."""
        return all(component.parity for component in self.components)

    def to_json(self) -> bytes:
        """The bytes of `manifest.json`; `Manifest.from_json(m.to_json()) == m`."""
        raw = {"schema": MANIFEST_SCHEMA, "tag": self.tag, **asdict(self)}
        raw["components"] = [_said(component, self.precision) for component in self.components]
        raw = {field: value for field, value in raw.items() if value is not None}
        if self.runtime_blending and not self.fused:
            del raw["runtime_blending"]
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
        minimum_onnxruntime=_text(raw, "minimum_onnxruntime"),
        pipeline=PipelineRecord(**raw["pipeline"]) if "pipeline" in raw else None,
        pipeline_absent=_text(raw, "pipeline_absent"),
        reference=_text(raw, "reference"),
        device=_text(raw, "device"),
    )


def _text(raw: dict, field: str) -> str | None:  # type: ignore[type-arg]
    return str(raw[field]) if field in raw else None


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
