"""A checked JSON object, made an entry: the one way from raw values to frozen ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

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
    plain = _without_aliases(kind, raw)
    for key, spec in specs_of(kind).items():
        if key not in plain:
            continue
        if spec.nested is None:
            values[key] = spec.read(plain[key])
        elif issubclass(spec.nested, SourcedEntry):
            items = enumerate(plain[key])
            values[key] = tuple(build_entry(spec.nested, item, (*path, key, i), placed) for i, item in items)
    if "revision" in values:
        values["source"] = _pinned(values["source"], values["revision"])
    return kind(**values)


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
    return replace(source, revision=revision) if isinstance(source, HubSource | HubFileSource) else source


def _flat(texts: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, text in texts.items():
        if isinstance(text, dict):
            yield from _flat(text, (*above, key))
        else:
            yield (*above, key), text
