"""What a Textual Inversion is, and what it was made for. Unlike others it is read whole: it is small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from converter.blend.inversion import TextEncoders
from converter.blending import read_inversion_entry
from converter.inspection.inspected import Inspected, inspected
from converter.inspection.known_bases import fitting
from converter.inspection.looks import LookCache, Looked
from converter.models import MAX_SMALL_BYTES
from converter.registry import InversionEntry
from converter.sources import SourceError
from converter.weights import open_saved


@dataclass(frozen=True, kw_only=True)
class InversionInspection(Inspected):
    """What is known about a Textual Inversion."""

    kind: ClassVar[str] = "inversion"

    made_for: tuple[str, ...]
    """The architectures whose text encoders have its width."""
    layout: str
    """In the words of whoever writes it."""
    vectors: int
    widths: Mapping[str, int]
    """Numbers in a vector, for each text encoder."""
    tokens: tuple[str, ...]
    """In the order of their ids; the first, which is the entry's or the file's name, stands for all vectors."""


def inspect_inversion(
    found: Looked, looks: LookCache, entry: InversionEntry, encoders: Sequence[TextEncoders]
) -> InversionInspection:
    """Read a Textual Inversion, and hold it against what it may be made for.

    Args:
        found: the look at it.
        looks: fetch it.
        entry: gives its tokens their names.
        encoders: of models.

    Raises:
        BlendError: it is none, or fits none of `encoders`; says why for each.
        WeightsError: the file is damaged, or a number of it is not finite.
        SourceError: it cannot be fetched, or is too large.
    """
    path = whole_inversion(found, looks, entry.sha256)
    made_for, read = fitting(encoders, lambda each: read_inversion_entry(entry, path, each))
    with open_saved(path) as saved:
        origin = inspected(found, {saved.file.name: saved.file})
    return InversionInspection(
        **vars(origin),
        made_for=made_for,
        layout=read.record.kind.value,
        vectors=read.record.vectors,
        widths={str(encoder): width for encoder, width in read.record.widths.items()},
        tokens=read.record.tokens,
    )


def whole_inversion(found: Looked, looks: LookCache, sha256: str | None = None) -> Path:
    """The whole file, fetched if it is as small as inversions are.

    Raises:
        SourceError: it cannot be fetched, is too large, or not what `sha256` says.
    """
    if not found.files.single:
        raise SourceError(f"{found.look.uri}: found a folder, expected the file of a Textual Inversion; name the file")
    if found.size_bytes > MAX_SMALL_BYTES:
        raise SourceError(
            f"{found.look.uri}: {found.size_bytes:,} bytes, expected at most {MAX_SMALL_BYTES:,} of a Textual "
            "Inversion: it is something else"
        )
    return looks.fetched(found.source, sha256)
