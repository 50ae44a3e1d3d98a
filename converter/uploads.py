"""How many bytes each release of a plan will send to a hub, by what the hub has already. Pure.

A hub keeps a large file once, by its digest. So a release that is converted is compared file by file. Of one that is
not, only what is asked for is known, and what the hub has of releases that asked for nearly the same:

    graph of a part     follows from the model, its settings, and the tokens that are added
    weights of a part   follow from those, and from the LoRAs and Textual Inversions that reach it
    VAE                 is reached by none of them, and where it is replaced it follows from what replaces it

What follows from the same is the same file, which is there; what has the same graph has as many bytes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from converter.actions import AtMost, Convert, Exactly, NotKnown, Upload
from converter.canonical import JsonObject, canonical_json
from converter.hub.index import IndexRow
from converter.plan import Plan
from converter.registry import Entry, asked, is_fixed
from converter.registry.entries import SourcedEntry
from converter.release.layout import LARGE

_SAID = frozenset({"name", "label", "license", "description", "hash"})
"""Keys of an entry that change what is said of a release, and no graph or weight."""
_BLENDED = frozenset({"loras", "inversions", "vae"})
_SOURCE = frozenset({"source", "sha256", "format"})
_PAGES_BYTES = 256 << 10
"""Room for manifest, card and checksums, which every release has anew: 15 kB for Stable Diffusion 1.x with one LoRA;
an entry may describe itself in 2,000 characters, which are in two of the three, of up to 4 bytes and escaped."""
_BLEND_BYTES = 8 << 10
"""The same for each LoRA and Textual Inversion."""

_IMAGES = "images/"

_Key: TypeAlias = bytes
"""A part of what is asked for, in its canonical form."""
_NOTHING: _Key = b"[]"
_Follows: TypeAlias = tuple[str | _Key, ...]
"""A path, and what the file there follows from."""


@dataclass(frozen=True)
class Built:
    """A release folder that is converted and not published."""

    sizes: Mapping[str, int]
    """Path to bytes of every file."""
    digests: Mapping[str, str]
    """Path to SHA-256, but of the checksums themselves."""
    before: Mapping[str, str]
    """The same of the newest release of its name; empty if there is none."""


def with_uploads(todo: Plan, rows: Sequence[IndexRow], built: Mapping[str, Built]) -> Plan:
    """A plan that says how much each of its conversions will send.

    What is sent with a release counts as there for those after it, so the sum holds in whatever order they are
    published. Images that are made with a release (`--sheet`) are known once it is converted.

    Args:
        todo: the plan.
        rows: of every release that the hub has.
        built: name to what is converted already, of what the plan converts.
    """
    if not todo.converts:
        return todo
    held = {file.sha256 for row in rows for file in row.large_files} if built else set()
    complete = all(row.files is not None for row in rows)
    said = {action.name: asked(action.entry) for action in todo.converts if action.name not in built}
    like = _Like.of(_near(rows, said.values(), todo.recipe))

    def upload(action: Convert) -> Upload:
        if action.name in built:
            size_bytes = _new_bytes(built[action.name], held)
            return Exactly(size_bytes) if complete else AtMost(size_bytes, if_unchanged=False)
        return like.bound(action.entry, said[action.name])

    actions = (replace(each, upload=upload(each)) if isinstance(each, Convert) else each for each in todo.actions)
    return replace(todo, actions=tuple(actions))


def _near(rows: Iterable[IndexRow], said: Iterable[JsonObject], recipe: int) -> Iterator[IndexRow]:
    """Of ten thousand releases those that are worth a look: of this recipe, and with a source that is asked for."""
    made = [row for row in rows if row.recipe == recipe and row.files is not None]
    if made:
        wanted = {str(each.get(key)) for each in said for key in ("source", "vae") if key in each}
        yield from (row for row in made if not wanted.isdisjoint((row.asked.get("source"), row.asked.get("vae"))))


def _new_bytes(built: Built, held: set[str]) -> int:
    """What of a folder is sent; `held` has it afterwards."""
    total = 0
    for path, size_bytes in built.sizes.items():
        digest = built.digests.get(path)
        if path.endswith(LARGE) and digest is not None:
            total += 0 if digest in held else size_bytes
            held.add(digest)
        elif digest is None or built.before.get(path) != digest:
            total += size_bytes
    return total


@dataclass(frozen=True)
class _Asked:
    """What each part of a release follows from."""

    settings: _Key
    """Of the model: all that is asked, but for what is blended in and what is only said."""
    words: _Key
    """Of the tokens that are added."""
    changes: Mapping[str, tuple[_Key, ...]]
    """Part to what reaches its weights."""
    vae: _Key

    @staticmethod
    def of(said: JsonObject, architecture: str) -> "_Asked":
        """From the canonical form of an entry; a VAE has other graphs in another architecture."""
        settings = vae = _settings(said)
        blends = (_key_of(said, "loras", _SAID | {"tokens"}), _key_of(said, "inversions", _SAID - {"name"}))
        words = _key_of(said, "inversions", (_SAID | {"weight"}) - {"name"})
        if "vae" in said:
            vae = canonical_json([architecture, _without(said, _SAID | _BLENDED | _SOURCE), said["vae"]])
        return _Asked(settings, words, {"unet": blends[:1], "text_encoder": blends}, vae)

    def graph(self, path: str) -> _Follows:
        """What the graph beside a file follows from; equal ones have files of equal size."""
        match _part(path):
            case "vae":
                return (path, self.vae)
            case "text_encoder":
                return (path, self.settings, self.words)
            case _:
                return (path, self.settings)

    def file(self, path: str) -> _Follows:
        """What a file follows from; equal ones are equal files."""
        reached = self.changes.get(_part(path), ()) if path.endswith("weights.pb") else ()
        return (*self.graph(path), *reached)


@dataclass(frozen=True)
class _Like:
    """What the releases of a hub say about those that are like them."""

    there: Collection[_Follows]
    """What the files that it has follow from."""
    sizes: Mapping[_Follows, int]
    """The same without what reaches only weights, to bytes."""
    members: Mapping[_Key, IndexRow]
    """Settings to a release that has them."""
    small: Mapping[tuple[_Key, _Key], int]
    """Settings and words to the bytes of configs and tokenizers."""

    @staticmethod
    def of(rows: Iterable[IndexRow]) -> "_Like":
        """By what each asked for; the files of all are known."""
        there: set[_Follows] = set()
        sizes: dict[_Follows, int] = {}
        members: dict[_Key, IndexRow] = {}
        small: dict[tuple[_Key, _Key], int] = {}
        for row in rows:
            of, files = _Asked.of(row.asked, row.architecture), list(row.large_files)
            there.update(of.file(file.path) for file in files)
            sizes.update((of.graph(file.path), file.size_bytes) for file in files)
            members[of.settings] = row
            small[of.settings, of.words] = row.size_bytes - sum(file.size_bytes for file in files)
        return _Like(there, sizes, members, small)

    def bound(self, entry: Entry, said: JsonObject) -> AtMost | NotKnown:
        """The most that a release can send which is not converted; `said` is what its entry asks for."""
        alike = self.members.get(_settings(said)) if self.members else None
        if alike is None or not isinstance(entry, SourcedEntry):
            return NotKnown()
        of = _Asked.of(said, alike.architecture)
        paths = (file.path for file in alike.large_files if not file.path.startswith(_IMAGES))
        sizes = [0 if of.file(path) in self.there else self.sizes.get(of.graph(path)) for path in paths]
        sizes.append(self.small.get((of.settings, of.words)))
        known = [size_bytes for size_bytes in sizes if size_bytes is not None]
        if len(known) < len(sizes):
            return NotKnown()
        return AtMost(sum(known) + _PAGES_BYTES + _BLEND_BYTES * _blends(said), if_unchanged=not is_fixed(entry))


def _part(path: str) -> str:
    """Which part of a model the graph is of that a file belongs to."""
    folder = path.partition("/")[0]
    return next((part for part in ("vae", "text_encoder") if folder.startswith(part)), "unet")


def _settings(said: JsonObject) -> _Key:
    return canonical_json(_without(said, _SAID | _BLENDED))


def _key_of(said: JsonObject, key: str, left_out: Collection[str]) -> _Key:
    return canonical_json([_without(item, left_out) for item in _nested(said, key)]) if key in said else _NOTHING


def _nested(said: JsonObject, key: str) -> list[JsonObject]:
    items = said.get(key, ())
    if not isinstance(items, Sequence):
        raise TypeError(f"{key} is {items!r}")
    return [item for item in items if isinstance(item, Mapping)]


def _without(item: JsonObject, keys: Collection[str]) -> JsonObject:
    return {key: value for key, value in item.items() if key not in keys}


def _blends(said: JsonObject) -> int:
    return len(_nested(said, "loras")) + len(_nested(said, "inversions"))
