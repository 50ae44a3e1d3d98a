"""The entries of a registry, one frozen type for each section, and each key described once."""

from dataclasses import dataclass, field
from typing import ClassVar

from converter.registry.fields import choice, flag, pattern, place, text, whole
from converter.registry.findings import NOWHERE, Location
from converter.registry.hub_syntax import revision_complaint
from converter.registry.names import RELEASE_NAME, file_name_complaint, inner_path_complaint, release_name_complaint
from converter.registry.positions import Place
from converter.registry.running import RunLimits, run_limits, runner_label
from converter.registry.sources import Source
from converter.registry.vocabulary import CorrectionModel, Format, Optimize, Precision, UpscalingModel

FORMAT_PROSE = "How the file is stored; guessed from the source when absent."
_SOURCES = ("prompthero/openjourney", "huggingface://org/repo@revision", "models/my-model.safetensors")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Anything that a registry asks for. Equality and fingerprints do not depend on where it stands."""

    section: ClassVar[str]
    kind: ClassVar[str | None] = None
    """The word under `type`, in sections that mix kinds."""
    is_release: ClassVar[bool] = False
    """Whether it is published under its own name."""

    name: str = field(metadata=text("Its name.", complaint=file_name_complaint))
    place: Place | None = field(default=None, compare=False, repr=False)
    """`None` if it was not read from a file."""

    @property
    def location(self) -> Location:
        """Where it stands in its file; the top if it stands in none."""
        return NOWHERE if self.place is None else self.place.location


@dataclass(frozen=True, kw_only=True)
class SourcedEntry(Entry):
    """An entry with weights somewhere."""

    source: Source = field(
        metadata=place(
            "Where the weights are: a Hub id, huggingface://, civitai:// or https:// address, or a path.",
            examples=_SOURCES,
        )
    )
    """With the entry's `revision` in it: read that, not the field."""
    format: str | None = field(default=None, metadata=choice(Format, FORMAT_PROSE))
    revision: str | None = field(
        default=None,
        compare=False,
        metadata=text(
            "Branch, tag or commit of a Hub repository; the same as @revision in the source.",
            examples=("main", "fp16"),
            complaint=revision_complaint,
            asked=False,
        ),
    )
    """As written; `source.revision` is the one to use."""
    sha256: str | None = field(
        default=None,
        metadata=pattern(
            "SHA-256 that the downloaded file must have.", "^[0-9A-Fa-f]{64}$", "64 hexadecimal digits", read=str.lower
        ),
    )
    label: str | None = field(default=None, metadata=text("What people see in the place of the name."))
    license: str | None = field(
        default=None,
        metadata=pattern(
            "Licence of the weights, as an identifier of the Hub or of SPDX.",
            "^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$",
            "an identifier such as 'creativeml-openrail-m'",
            examples=("creativeml-openrail-m", "mit", "apache-2.0"),
        ),
    )
    description: str | None = field(
        default=None, metadata=text("One paragraph about the model, for its card.", longest=2000)
    )


@dataclass(frozen=True, kw_only=True)
class ReleaseEntry(SourcedEntry):
    """An entry that is published under its own name: `NAME.vN`."""

    is_release: ClassVar[bool] = True

    name: str = field(
        metadata=pattern(
            "Name of the release: 2 to 64 small letters, digits and hyphens, unique in the registry.",
            RELEASE_NAME,
            "2 to 64 small letters, digits and hyphens",
            examples=("diffusion-openjourney",),
            complaint=release_name_complaint,
        )
    )
    format: Format | None = field(default=None, metadata=choice(Format, FORMAT_PROSE))
    precision: Precision = field(
        default=Precision.FP32,
        metadata=choice(Precision, "Numbers that the release stores and computes in; fp32 when absent."),
    )
    half: bool = field(
        default=False,
        compare=False,
        metadata=flag("onnx-web's way to write `precision: fp16-internal`.", asked=False),
    )
    """As written; read `precision`."""
    optimize: Optimize = field(
        default=Optimize.NONE, metadata=choice(Optimize, "Which operators are fused; none when absent.")
    )
    opset: int | None = field(
        default=None, metadata=whole("ONNX operator set; the converter's own when absent.", 7, 30)
    )
    yanked: str | None = field(
        default=None,
        metadata=text("Why the releases of this entry should not be used any more.", longest=500, asked=False),
    )
    runner: str | None = field(
        default=None,
        metadata=runner_label("Label of the self-hosted runners that may convert it; any with a GPU when absent."),
    )
    limits: RunLimits | None = field(
        default=None, metadata=run_limits("What its conversion may take at most; what every entry may when absent.")
    )


@dataclass(frozen=True, kw_only=True)
class UpscalingEntry(ReleaseEntry):
    """An upscaler."""

    section: ClassVar[str] = "upscaling"

    scale: int = field(metadata=whole("How many times larger the image becomes.", 1, 16))
    model: UpscalingModel = field(
        default=UpscalingModel.RESRGAN, metadata=choice(UpscalingModel, "Network of the upscaler; resrgan when absent.")
    )


@dataclass(frozen=True, kw_only=True)
class CorrectionEntry(ReleaseEntry):
    """A face corrector."""

    section: ClassVar[str] = "correction"

    scale: int = field(default=1, metadata=whole("How many times larger the image becomes; 1 when absent.", 1, 16))
    model: CorrectionModel = field(
        default=CorrectionModel.GFPGAN,
        metadata=choice(CorrectionModel, "Network of the corrector; gfpgan when absent."),
    )


@dataclass(frozen=True, kw_only=True)
class SourceEntry(SourcedEntry):
    """A file that other entries refer to and that is only downloaded."""

    section: ClassVar[str] = "sources"

    format: str | None = field(default=None, metadata=text("How the file is stored; any word.", longest=20))
    dest: str | None = field(
        default=None,
        metadata=text("Folder under the models folder.", examples=("control",), complaint=inner_path_complaint),
    )


@dataclass(frozen=True, kw_only=True)
class StringsEntry(Entry):
    """The translations of one language; `name` is the language."""

    section: ClassVar[str] = "strings"

    texts: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Keys from the top, and the text; sorted."""
