"""The job summary of a review, in Markdown: the verdict, what is released as what, what is to be done. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from converter.errors import ExitCode
from converter.release import readable_size
from converter.review import Concern, Weight
from converter.workflow.markdown import fenced, header, literal, row
from converter.workflow.sections import MAX_BYTES, Section, joined_within

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
_COLUMNS = ("release", "why", "architecture", "download", "release size", "disk")
_COMMIT = re.compile(r"@([0-9a-f]{12})[0-9a-f]{28}(?![0-9a-f])")
"""A cell cannot be broken within a word, and whole commits push a table out of the page; they are in the diff."""


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
    disk_bytes: int | None
    """Of the machine that converts it: the download, and the release beside it."""
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
    return joined_within(top, sections, limit_bytes)


def _concerns(page: Page, *weights: Weight) -> Iterator[Section]:
    chosen = sorted(
        (each for each in page.concerns if each.weight in weights), key=lambda each: weights.index(each.weight)
    )
    for weight, group in groupby(chosen, key=lambda each: each.weight):
        head = (f"### {_HEADINGS[weight]}", "", *header(("line", "what", "where", "found")))
        yield Section(head, tuple(_concern_row(each) for each in group))


def _concern_row(each: Concern) -> str:
    at = each.finding
    return row((str(at.line), each.title, literal(at.path), literal(at.message, longest=1000)))


def _releases(page: Page) -> Iterator[Section]:
    if page.releases:
        head = ("### What the merge releases", "", *header(_COLUMNS))
        yield Section(head, tuple(_release_row(each) for each in page.releases))
        made_of = ("### What they are made of", "", *header(("release", "source")))
        yield Section(made_of, tuple(part for each in page.releases for part in _parts(each)))


def _parts(each: ReleaseRow) -> Iterator[str]:
    for text in filter(None, (each.source, *each.blended)):
        yield row((literal(each.release or each.entry), literal(_COMMIT.sub(r"@\1", text))))


def _release_row(each: ReleaseRow) -> str:
    return row(
        (
            literal(each.release) or f"{literal(each.entry)}, no release of its own",
            literal(each.reason),
            literal(each.architecture) or "not looked at",
            _size_words(each.download_bytes),
            _size_words(each.release_bytes),
            _size_words(each.disk_bytes),
        )
    )


def _pins(page: Page) -> Iterator[Section]:
    if page.pins:
        head = ("### Lines to paste", "", "So that a source means the same weights for good:", "")
        yield Section(head, tuple(_pin(each) for each in page.pins))


def _pin(each: PinLine) -> str:
    return f"{literal(each.entry)}, line {each.line}:\n\n{fenced(each.text, 'json')}\n"


def _size_words(size_bytes: int | None) -> str:
    return "not known" if size_bytes is None else readable_size(size_bytes)
