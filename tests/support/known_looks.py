"""Looks whose results are known beforehand: what a review makes of them is tested without a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from converter.errors import ConverterError
from converter.pull_request import NoLooks, Sighting, Sightings
from converter.registry import PlacedSource
from converter.validation import Validation


@dataclass
class KnownLooks:
    """Says of each source, as it is displayed, what the test has laid down; remembers what it was asked for."""

    sightings: Mapping[str, Sighting | ConverterError]
    names: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:
        self.names += names
        return NoLooks().validated(data, file, names)

    def seen(self, sources: Sequence[PlacedSource]) -> Sightings:
        self.asked += [placed.source.display() for placed in sources]
        return {placed: self.sightings[placed.source.display()] for placed in sources}
