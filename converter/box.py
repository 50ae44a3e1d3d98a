"""What ships in the package because it is the same everywhere and slow to make: compressed files, listed by their keys.

A box is a folder of package data: `index.json`, and beside it one `NAME.xz` for each thing.
`python -m converter.filling` fills them all.
"""

import hashlib
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path

from converter.canonical import JsonObject, readable_json
from converter.errors import ConverterError
from converter.files import write_atomically

_INDEX = "index.json"
_PRESET = 9 | lzma.PRESET_EXTREME


class BoxError(ConverterError):
    """A file that ships with the package is damaged or gone."""


@dataclass(frozen=True)
class Boxed:
    """One thing in a box."""

    key: str
    """Of what it is, 64 hexadecimal digits."""
    name: str
    """For people: `sdxl-unet`."""
    data: bytes
    said: JsonObject
    """What made it, for the index."""


@dataclass(frozen=True)
class Box:
    """A folder of package data."""

    place: Traversable

    def has(self, key: str) -> bool:
        """Whether something ships under `key`; nothing is unpacked."""
        return key in self._index

    @property
    def keys(self) -> Set[str]:
        """Of everything in it."""
        return self._index.keys()

    def said(self, key: str) -> JsonObject | None:
        """What the index says of what ships under `key`."""
        return self._index.get(key)

    def get(self, key: str) -> bytes | None:
        """What ships under `key`, or `None`.

        Raises:
            BoxError: it is not what was shipped.
        """
        said = self._index.get(key)
        if said is None:
            return None
        packed = self.place.joinpath(_file_name(str(said["name"])))
        try:
            data = lzma.decompress(packed.read_bytes())
        except (OSError, lzma.LZMAError, EOFError) as error:
            raise BoxError(f"{packed}: cannot be unpacked ({error}); install the package again") from error
        found = hashlib.sha256(data).hexdigest()
        if found != said["sha256"]:
            raise BoxError(f"{packed}: has SHA-256 {found}, expected {said['sha256']}; install the package again")
        return data

    def differences(self, things: Iterable[Boxed]) -> Iterator[str]:
        """The name of each of `things` that is not in it byte for byte, then of each that is in it and not of them."""
        made = set[str]()
        for thing in things:
            made.add(thing.key)
            if self.get(thing.key) != thing.data:
                yield thing.name
        for key in self.keys - made:
            yield str(self._index[key]["name"])

    def fill(self, things: Iterable[Boxed]) -> Iterator[str]:
        """Put `things` in the place of all that is there, in the checkout; yields the name of each.

        What is unchanged keeps its compressed bytes, which are not the same for every version of the compressor.
        """
        folder = Path(str(self.place))
        index: dict[str, JsonObject] = {}
        for thing in things:
            digest = hashlib.sha256(thing.data).hexdigest()
            before = self._index.get(thing.key)
            if before is None or (before["name"], before["sha256"]) != (thing.name, digest):
                write_atomically(folder / _file_name(thing.name), lzma.compress(thing.data, preset=_PRESET))
            index[thing.key] = {"name": thing.name, "sha256": digest, **thing.said}
            yield thing.name
        kept = {_INDEX, *(_file_name(str(said["name"])) for said in index.values())}
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink()
        write_atomically(
            folder / _INDEX,
            readable_json({key: index[key] for key in sorted(index, key=lambda key: str(index[key]["name"]))}),
        )
        self.__dict__.pop("_index", None)  # it is read anew

    @cached_property
    def _index(self) -> Mapping[str, JsonObject]:
        index = self.place.joinpath(_INDEX)
        if not index.is_file():
            raise BoxError(f"{index}: there is no such file, expected it in the package; install the package again")
        found: dict[str, JsonObject] = json.loads(index.read_bytes())
        return found


def _file_name(name: str) -> str:
    return f"{name}.xz"
