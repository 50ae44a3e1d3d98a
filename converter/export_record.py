"""The record beside a checkpoint or in a diffusers folder: what was asked, read, blended and written. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from converter.canonical import JsonObject, readable_json
from converter.errors import ConverterError
from converter.release import FileRecord, InversionRecord, LoraRecord, ModelRecord, SourceRecord
from converter.target import Target

_SCHEMA = 1


class RecordError(ConverterError):
    """A file is not the record of a checkpoint or a diffusers folder."""


@dataclass(frozen=True)
class Identity:
    """What a checkpoint or a folder is; equal identities of equal sources are equal bytes."""

    to: Target
    name: str
    version: int
    """N: it is of what release N is made of."""
    fingerprint: str
    recipe: int

    @property
    def tag(self) -> str:
        """`NAME.vN`."""
        return f"{self.name}.v{self.version}"


@dataclass(frozen=True)
class Finished:
    """What a record says that a later run has to know."""

    identity: Identity
    sources: tuple[SourceRecord, ...]
    files: tuple[FileRecord, ...]

    @property
    def size_bytes(self) -> int:
        """Sum of the listed files."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True)
class ExportRecord:
    """Everything that is known about one checkpoint or diffusers folder."""

    identity: Identity
    asked: JsonObject
    """The canonical form of the registry entry."""
    sources: tuple[SourceRecord, ...]
    """The model's first."""
    model: ModelRecord
    loras: tuple[LoraRecord, ...]
    """In the order in which they were blended."""
    inversions: tuple[InversionRecord, ...]
    token_ids: Mapping[str, int]
    """Token that an inversion added to its id, which is the row of the embedding."""
    versions: Mapping[str, str]
    files: tuple[FileRecord, ...]
    """What was written, except the record itself."""

    @property
    def finished(self) -> Finished:
        """What a later run has to know."""
        return Finished(self.identity, self.sources, self.files)

    def to_json(self) -> bytes:
        """The bytes of the record; `read_finished(r.to_json()) == r.finished`."""
        content = asdict(self)
        identity = content.pop("identity")
        return readable_json({"schema": _SCHEMA, "tag": self.identity.tag, **identity, "dtype": "F32", **content})


def read_finished(data: bytes, where: str) -> Finished:
    """Read the bytes of a record; `where` names the place in messages.

    Raises:
        RecordError: it is not JSON, of another schema, or lacks something.
    """
    try:
        raw = json.loads(data)
        if raw["schema"] != _SCHEMA:
            raise RecordError(f"{where}: schema {raw['schema']!r}, expected {_SCHEMA}; make it again")
        identity = Identity(
            Target(raw["to"]), str(raw["name"]), int(raw["version"]), str(raw["fingerprint"]), int(raw["recipe"])
        )
        sources = tuple(SourceRecord(**{**item, "files": _files(item["files"])}) for item in raw["sources"])
        return Finished(identity, sources, _files(raw["files"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise RecordError(f"{where}: not a record ({type(error).__name__}: {error}); make it again") from error


def _files(raw: list[dict]) -> tuple[FileRecord, ...]:  # type: ignore[type-arg]  # JSON that what reads it checks
    return tuple(FileRecord(str(file["path"]), int(file["size_bytes"]), str(file["sha256"])) for file in raw)
