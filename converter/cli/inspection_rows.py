"""What `inspect` prints: a title and a text in each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, assert_never

from converter.registry import printable
from converter.release.card_text import readable_size

if TYPE_CHECKING:
    from converter.inspection import (
        ControlNetInspection,
        ConvertibleInspection,
        EntryInspection,
        Inspected,
        Inspection,
        InversionInspection,
        LoraInspection,
        ModelInspection,
        VaeInspection,
    )
    from converter.needs import Needs

Rows: TypeAlias = Iterator[tuple[str, str]]

_OF_THE_WHOLE = ("release", "disk", "memory")


def rows_of(found: Inspection | EntryInspection) -> Rows:
    """The rows for what was found."""
    from converter.inspection import EntryInspection

    if not isinstance(found, EntryInspection):
        yield from _rows(found)
        return
    for part in found.parts:
        yield part.role, part.name
        # What the whole takes stands at the end.
        yield from ((f"  {title}", value) for title, value in _rows(part.found) if title not in _OF_THE_WHOLE)
    yield "in all", found.name
    yield "  download", readable_size(found.needs.download_bytes)
    yield from ((f"  {title}", value) for title, value in _costs(found.needs))


def _rows(found: Inspection) -> Rows:
    from converter.inspection import (
        ControlNetInspection,
        InversionInspection,
        LoraInspection,
        ModelInspection,
        VaeInspection,
    )

    yield from _origin(found)
    match found:
        case ModelInspection():
            yield from _model(found)
        case ControlNetInspection():
            yield from _controlnet(found)
        case VaeInspection():
            yield from _vae(found)
        case LoraInspection():
            yield from _lora(found)
        case InversionInspection():
            yield from _inversion(found)
        case _:
            assert_never(found)


def faults_of(found: Inspection | EntryInspection) -> tuple[str, ...]:
    """What would stop a conversion."""
    from converter.inspection import ConvertibleInspection, EntryInspection

    if isinstance(found, EntryInspection):
        return tuple(fault for part in found.parts for fault in faults_of(part.found))
    return found.faults if isinstance(found, ConvertibleInspection) else ()


def _costs(needs: Needs) -> Rows:
    yield "release", f"{readable_size(needs.release_bytes)} as {needs.precision}"
    yield "disk", f"{readable_size(needs.disk_bytes)}: the release and the download"
    yield (
        "memory",
        f"{readable_size(needs.memory_bytes)} at most, for the comparison of its largest component with PyTorch; "
        f"{readable_size(needs.streaming_bytes)} without it",
    )


def _origin(found: Inspected) -> Rows:
    yield "source", found.source
    if found.sha256:
        yield "sha256", found.sha256
    yield "format", found.form


def _model(found: ModelInspection) -> Rows:
    yield "architecture", f"{found.architecture} ({found.title})"
    yield "layout", found.layout
    yield "predicts", f"{found.prediction_type}{', zero terminal SNR' if found.zero_terminal_snr else ''}"
    yield from _convertible(found)


def _controlnet(found: ControlNetInspection) -> Rows:
    yield "architecture", f"{found.architecture} ({found.title})"
    yield "layout", found.layout
    yield "hint", f"an image of {found.hint_channels} channels"
    yield from _convertible(found)


def _convertible(found: ConvertibleInspection) -> Rows:
    yield "parameters", f"{found.parameters:,}"
    for part, dtypes in found.dtypes.items():
        yield "stored as", f"{part}: {_stored(dtypes)}"
    yield from _traces(found)
    yield "left out", printable(", ".join(found.leftovers)) or "nothing"
    yield from _sizes(found)
    yield from _costs(found.needs)
    yield "checked", _checked(found)


def _vae(found: VaeInspection) -> Rows:
    yield "kind", "VAE: the `vae` of an entry"
    yield "made for", _listed(found.made_for)
    yield "layout", found.layout
    scale = "not said, so that of the model" if found.scaling_factor is None else f"{found.scaling_factor:g}"
    yield "latents", f"{found.latent_channels} channels, scaling factor {scale}"
    yield "parameters", f"{found.parameters:,}"
    yield "stored as", _stored(found.dtypes)
    yield from _traces(found)
    yield from _sizes(found)


def _lora(found: LoraInspection) -> Rows:
    yield "kind", "LoRA: one of the `loras` of an entry"
    yield "made for", _listed(found.made_for)
    yield "dialect", _listed(found.dialects)
    yield "algorithms", ", ".join(f"{name}: {_layers(count)}" for name, count in found.algorithms.items())
    yield "changes", ", ".join(f"{part}: {_layers(count)}" for part, count in found.layers.items())
    if found.ranks is not None:
        least, greatest = found.ranks
        yield "rank", f"{least}" if least == greatest else f"{least} to {greatest}"
    if found.inversions:
        yield "also holds", f"Textual Inversions: {printable(', '.join(found.inversions))}; an entry refuses it so"
    yield from _traces(found)
    yield from _sizes(found)


def _inversion(found: InversionInspection) -> Rows:
    yield "kind", "Textual Inversion: one of the `inversions` of an entry"
    yield "made for", _listed(found.made_for)
    yield "layout", found.layout
    yield "vectors", f"{found.vectors}"
    yield "width", ", ".join(f"{encoder}: {width}" for encoder, width in found.widths.items())
    yield "tokens", printable(" ".join(found.tokens))
    yield from _traces(found)
    yield from _sizes(found)


def _traces(found: Inspected) -> Rows:
    yield "made by", found.maker
    yield from (("training", f"{key}: {value}") for key, value in found.training.shown.items())
    if found.training.others:
        yield "metadata", f"{found.training.others} other items"


def _sizes(found: Inspected) -> Rows:
    yield "size", readable_size(found.size_bytes)
    yield "download", f"{readable_size(found.download_bytes)}; {readable_size(found.transferred_bytes)} for this look"


def _checked(found: ConvertibleInspection) -> str:
    if found.unchecked:
        return f"not against the graphs of {', '.join(found.unchecked)}: not traced yet"
    return "against its graphs: it does not fit them" if found.faults else "against its graphs: every parameter fits"


def _stored(dtypes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} tensors {dtype}" for dtype, count in dtypes.items())


def _layers(count: int) -> str:
    return f"{count} layer{'' if count == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)
