"""What a look at a source found: the counterpart of `Fetched`, without the weights."""

from dataclasses import dataclass
from pathlib import Path

from converter.sources.remote_files import RemoteFile, RemoteFolder
from converter.sources.traffic import Traffic


@dataclass(frozen=True)
class Look:
    """A model that stays where it is."""

    place: Path | RemoteFile | RemoteFolder
    """A path, or files that are read from afar, of weights only the headers."""
    uri: str
    """Where it is, without secrets."""
    commit: str | None
    """The Hub commit that a revision stands for now."""
    sha256: str | None
    """Of a single file, if its host knows it."""
    download_bytes: int
    """What fetching it would transfer; 0 for a path."""
    traffic: Traffic

    @property
    def transferred_bytes(self) -> int:
        """What was received of its files so far."""
        return self.traffic.received_bytes
