"""What is known of any source that was looked at, whatever is in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

from converter.canonical import JsonObject
from converter.inspection.looks import Looked
from converter.inspection.makers import maker_of
from converter.inspection.training import Training, training_of
from converter.weights import WeightFile


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What every result of a look has."""

    kind: ClassVar[str] = ""
    """A word for what it is."""

    source: str
    sha256: str | None
    """Of a single file, if its host knows it."""
    form: str
    """What wrote the weight files: `safetensors`, `torch`, or both."""
    maker: str
    """The script that made it, as far as it left traces."""
    training: Training
    size_bytes: int
    """Of the weight files."""
    download_bytes: int
    """What fetching it would transfer; 0 for what is here."""
    transferred_bytes: int
    """What looking at it took over the network."""

    def to_json(self) -> JsonObject:
        """The same as a JSON object."""
        return {"kind": self.kind, **asdict(self)}


def inspected(found: Looked, files: Mapping[str, WeightFile]) -> Inspected:
    """What is known of a source whose weight files are `files`."""
    look = found.look
    metadata = {key: value for file in files.values() for key, value in file.metadata.items()}
    return Inspected(
        source=look.uri if look.commit is None else f"{look.uri} at commit {look.commit}",
        sha256=look.sha256,
        form=" and ".join(sorted({file.form for file in files.values()})),
        maker=maker_of(metadata, [name for file in files.values() for name in file.names]),
        training=training_of(metadata),
        size_bytes=sum(file.size_bytes for file in files.values()),
        download_bytes=look.download_bytes,
        transferred_bytes=look.transferred_bytes,
    )
