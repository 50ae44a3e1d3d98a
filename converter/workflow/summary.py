"""The job summary of a review, in Markdown: the verdict, what is released as what, what is to be done. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from converter.errors import ExitCode
from converter.release import readable_size
from converter.review import Concern, Weight
from converter.workflow.markdown import fenced, header, literal, row

MAX_BYTES = 1 << 20
"""GitHub drops the whole summary of a step that is larger: https://docs.github.com/en/actions/reference/limits"""
_NOTE_BYTES = 200
"""What is kept for the line that counts what was cut."""

_VERDICTS = {
    ExitCode.DONE: "This can be merged.",
    ExitCode.FAILED: "Something must be corrected first.",
    ExitCode.PERSON: "A maintainer must decide.",
    ExitCode.UNREACHABLE: "A host did not answer: run this check again.",
}
_HEADINGS = {
    Weight.FAILURE: "To be corrected",
    Weight.PERSON: "For a maintainer to decide",
    Weight.UNREACHABLE: "Hosts that did not answer",
    Weight.ADVICE: "Could be better",
    Weight.NOTICE: "Good to know",
}
_COLUMNS = ("entry", "release", "why", "source", "architecture", "download", "release size", "blended in")


@dataclass(frozen=True)
class ReleaseRow:
    """What becomes of one entry after the merge; every text may be a stranger's."""

    entry: str
    release: str
    """`NAME.vN`; empty for an entry that is no release of its own."""
    reason: str
    source: str
    architecture: str
    """As far as somebody looked; empty if not."""
    download_bytes: int | None
    release_bytes: int | None
    blended: tuple[str, ...]
    """LoRAs, Textual Inversions and VAE, with what is known of each."""


@dataclass(frozen=True)
class PinLine:
    """A line to paste into an entry, so that a source cannot change any more."""

    entry: str
    line: int
    """Where the source stands."""
    text: str
    """`"revision": "..."`"""


@dataclass(frozen=True)
class Page:
    """What a summary shows."""

    verdict: ExitCode
    sums: str
    """One sentence of ours about the plan; empty if there is none."""
    releases: tuple[ReleaseRow, ...] = ()
    pins: tuple[PinLine, ...] = ()
    concerns: tuple[Concern, ...] = ()


@dataclass(frozen=True)
class _Section:
    """A part of the page that can be cut between its items."""

    head: tuple[str, ...]
    items: tuple[str, ...]


def summary(page: Page, limit_bytes: int = MAX_BYTES) -> str:
    """The page as Markdown, at most `limit_bytes` in UTF-8; what is cut is counted where it would have stood."""
    verdict = f"## Review of the registry\n\n**{_VERDICTS[page.verdict]}**"
    top = "\n".join([verdict, *(["", page.sums] if page.sums else []), ""])
    sections = [
        *_concerns(page, *list(Weight)[:3]),
        *_releases(page),
        *_pins(page),
        *_concerns(page, *list(Weight)[3:]),
    ]
    left = limit_bytes - _size(top)
    parts = [top]
    for index, section in enumerate(sections):
        part = _cut(section, left // (len(sections) - index))
        left -= _size(part)
        parts.append(part)
    return "\n".join(parts) + "\n"


def _concerns(page: Page, *weights: Weight) -> Iterator[_Section]:
    chosen = sorted(
        (each for each in page.concerns if each.weight in weights), key=lambda each: weights.index(each.weight)
    )
    for weight, group in groupby(chosen, key=lambda each: each.weight):
        head = (f"### {_HEADINGS[weight]}", "", *header(("line", "what", "where", "found")))
        yield _Section(head, tuple(_concern_row(each) for each in group))


def _concern_row(each: Concern) -> str:
    at = each.finding
    return row((str(at.line), each.title, literal(at.path), literal(at.message, longest=1000)))


def _releases(page: Page) -> Iterator[_Section]:
    if page.releases:
        head = ("### What the merge releases", "", *header(_COLUMNS))
        yield _Section(head, tuple(_release_row(each) for each in page.releases))


def _release_row(each: ReleaseRow) -> str:
    return row(
        (
            literal(each.entry),
            literal(each.release) or "no release of its own",
            literal(each.reason),
            literal(each.source),
            literal(each.architecture) or "not looked at",
            _size_words(each.download_bytes),
            _size_words(each.release_bytes),
            ", ".join(literal(part) for part in each.blended) or "nothing",
        )
    )


def _pins(page: Page) -> Iterator[_Section]:
    if page.pins:
        head = ("### Lines to paste", "", "So that a source means the same weights for good:", "")
        yield _Section(head, tuple(_pin(each) for each in page.pins))


def _pin(each: PinLine) -> str:
    return f"{literal(each.entry)}, line {each.line}:\n\n{fenced(each.text, 'json')}\n"


def _size_words(size_bytes: int | None) -> str:
    return "not known" if size_bytes is None else readable_size(size_bytes)


def _cut(section: _Section, limit_bytes: int) -> str:
    left = limit_bytes - _size("\n".join(section.head)) - _NOTE_BYTES
    shown: list[str] = []
    for item in section.items:
        left -= _size(item)
        if left < 0:
            break
        shown.append(item)
    return "\n".join([*section.head, *shown, *_rest(len(section.items) - len(shown)), ""])


def _rest(count: int) -> Sequence[str]:
    return ["", f"{count} more are not shown: a summary has at most 1 MiB."] if count else []


def _size(text: str) -> int:
    return len(text.encode()) + 1
