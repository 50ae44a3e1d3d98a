"""What no schema can express about one entry: forms of names and sources, and keys that contradict each other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from converter.registry.complaint import Complaint
from converter.registry.entries import ReleaseEntry, SourcedEntry
from converter.registry.errors import SourceSyntaxError
from converter.registry.fields import complaints_of, nested_of
from converter.registry.networks import InversionEntry
from converter.registry.quoting import described, quoted
from converter.registry.source_syntax import parse_source
from converter.registry.sources import HubFileSource, HubSource, Source
from converter.registry.vocabulary import EmbeddingKind, Precision

_Check: TypeAlias = Callable[[type[SourcedEntry], Mapping[str, object]], Iterator[Complaint]]
_HALVES = (Precision.FP16, Precision.FP16_INTERNAL)


def form_complaints(kind: type[SourcedEntry], raw: Mapping[str, object]) -> Iterator[Complaint]:
    """Texts that are not of the form that their key needs, also inside nested entries."""
    for key, complaint in complaints_of(kind).items():
        value = raw.get(key)
        if isinstance(value, str) and (message := complaint(value)):
            yield Complaint((key,), message)
    if not nested_of(kind).keys().isdisjoint(raw):
        yield from _nested(form_complaints, kind, raw)


def contradictions(kind: type[SourcedEntry], raw: Mapping[str, object]) -> Iterator[Complaint]:
    """Keys that say different things, also inside nested entries."""
    source = _source(raw.get("source"))
    if "revision" in raw:
        yield from _revisions(source, raw["revision"])
    if issubclass(kind, ReleaseEntry):
        if "half" in raw:
            yield from _precisions(raw)
        if isinstance(source, HubSource) and "sha256" in raw:
            yield Complaint(("sha256",), f"{source.display()} is a whole repository, expected a file; use `revision`")
    if issubclass(kind, InversionEntry):
        yield from _embedding_kinds(raw)
    if not nested_of(kind).keys().isdisjoint(raw):
        yield from _nested(contradictions, kind, raw)


def _nested(check: _Check, kind: type[SourcedEntry], raw: Mapping[str, object]) -> Iterator[Complaint]:
    for key, inner in nested_of(kind).items():
        items = raw.get(key)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                complaints = check(inner, item)
                yield from (replace(each, path=(key, index, *each.path)) for each in complaints)


def _source(value: object) -> Source | None:
    try:
        return parse_source(value) if isinstance(value, str) else None
    except SourceSyntaxError:
        return None


def _revisions(source: Source | None, revision: object) -> Iterator[Complaint]:
    if source is None or not isinstance(revision, str):
        return
    if not isinstance(source, HubSource | HubFileSource):
        yield Complaint(
            ("revision",), f"{quoted(source.display())} has no revisions; remove the key, or name a Hub repository"
        )
    elif source.revision not in (None, revision):
        found = f"found {quoted(revision)}, where the source says {quoted(str(source.revision))}"
        yield Complaint(("revision",), f"{found}; write it in one place")


def _precisions(raw: Mapping[str, object]) -> Iterator[Complaint]:
    half, precision = raw["half"], raw.get("precision")
    if half is True and precision not in (None, Precision.FP16_INTERNAL):
        yield Complaint(
            ("half",), f"found true, which is 'fp16-internal', beside `precision` {described(precision)}; keep one"
        )
    if half is False and precision in _HALVES:
        yield Complaint(("half",), f"found false beside `precision` {described(precision)}; remove it")


def _embedding_kinds(raw: Mapping[str, object]) -> Iterator[Complaint]:
    written, model = raw.get("format"), raw.get("model")
    if written in list(EmbeddingKind) and model not in (None, written):
        yield Complaint(("format",), f"found {described(written)} beside `model` {described(model)}; keep one")
