"""A checked JSON object, made an entry: the one way from raw values to frozen ones."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from converter.frozen import frozen
from converter.registry.entries import ReleaseEntry, SourcedEntry, StringsEntry
from converter.registry.fields import specs_of
from converter.registry.findings import Path
from converter.registry.networks import InversionEntry
from converter.registry.positions import Place
from converter.registry.sources import HubFileSource, HubSource, Source
from converter.registry.vocabulary import EmbeddingKind, Precision

_EntryT = TypeVar("_EntryT", bound=SourcedEntry)


def build_entry(kind: type[_EntryT], raw: Mapping[str, Any], path: Path, placed: Callable[[Path], Place]) -> _EntryT:
    """The entry that `raw`, which has no findings, stands for at `path`."""
    values: dict[str, Any] = {"place": placed(path)}
    specs = specs_of(kind)
    for key, value in _without_aliases(kind, raw).items():
        spec = specs.get(key)
        if spec is None:
            continue  # `type`, which has said what kind it is
        if spec.nested is None:
            values[key] = spec.read(value)
        elif issubclass(spec.nested, SourcedEntry):
            inner = spec.nested
            values[key] = tuple(build_entry(inner, item, (*path, key, i), placed) for i, item in enumerate(value))
    if "revision" in values:
        values["source"] = _pinned(values["source"], values["revision"])
    return frozen(kind, values)


def build_strings(language: str, texts: Mapping[str, Any], place: Place) -> StringsEntry:
    """The translations of one language, flat and sorted."""
    return StringsEntry(name=language, texts=tuple(sorted(_flat(texts, ()))), place=place)


def _without_aliases(kind: type[SourcedEntry], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """`raw` with onnx-web's ways to write things put into the key that we read."""
    if issubclass(kind, ReleaseEntry) and raw.get("half"):
        return {**raw, "precision": Precision.FP16_INTERNAL}
    if issubclass(kind, InversionEntry) and raw.get("format") in list(EmbeddingKind):
        rest = {key: value for key, value in raw.items() if key != "format"}
        return {**rest, "model": raw["format"]}
    return raw


def _pinned(source: Source, revision: str) -> Source:
    return source.at(revision) if isinstance(source, HubSource | HubFileSource) else source


def _flat(texts: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, text in texts.items():
        if isinstance(text, dict):
            yield from _flat(text, (*above, key))
        else:
            yield (*above, key), text
