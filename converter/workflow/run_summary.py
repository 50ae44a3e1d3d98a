"""The job summary of a run: what became of each entry, its figures, and where it is now. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from converter.outcomes import Failed, Gathered, Made, Marked, Outcome, Released
from converter.plan import Plan
from converter.plan_rendering import action_rows, sums_of
from converter.registry import Finding, Severity, printable
from converter.release import Manifest, ratio_text, readable_size
from converter.workflow.annotations import (
    MAX_PER_LEVEL,
    Annotation,
    Level,
    annotation_lines,
    data_text,
    property_text,
)
from converter.workflow.markdown import header, literal, row
from converter.workflow.sections import Section, joined_within

Link = Callable[[str], str | None]
"""The address of a release by its tag; `None` where it has none. It is of ours: put into Markdown as it is."""

_T = TypeVar("_T")
_LONGEST_ERROR = 1000
_SHORTEST_S = 0.05
"""A stage that would be shown as 0.0 is not."""


def plan_summary(plan: Plan, limit_bytes: int) -> str:
    """What a run will do, as Markdown of at most `limit_bytes`."""
    rows = tuple(row(tuple(map(literal, cells))) for cells in action_rows(plan))
    table = Section(tuple(header(("action", "what", "why"))), rows)
    return joined_within(f"## Plan\n\n{sums_of(plan)}.\n", [table] if rows else [], limit_bytes)


def plan_annotations(plan: Plan, file: str) -> tuple[str, ...]:
    """A workflow command for each entry that is refused, at its line of `file`."""
    refusals = (
        Finding(Severity.ERROR, file, each.location.line, each.location.column, each.location.path, each.reason)
        for each in plan.refusals
    )
    return annotation_lines(Annotation(Level.ERROR, "Cannot be converted", finding) for finding in refusals)


def run_summary(
    title: str, outcomes: Sequence[Outcome], link: Link, limit_bytes: int, *, idle: str = "There was nothing to do."
) -> str:
    """What became of each entry, as Markdown of at most `limit_bytes`.

    Args:
        title: of the step: `Publish`.
        outcomes: of the run, in order.
        link: where a release is.
        limit_bytes: in UTF-8.
        idle: what is said if no entry had anything to be done.
    """
    failed = _of(outcomes, Failed)
    said = f"{len(failed)} of {len(outcomes)} failed." if failed else f"{len(outcomes)} done." if outcomes else idle
    sections = [*_failures(failed), *_tables(outcomes, link), *_details(outcomes)]
    return joined_within(f"## {title}\n\n{said}\n", sections, limit_bytes)


def failure_lines(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """A workflow command for each failure, which is shown at the top of the run; GitHub shows ten of a step."""
    failed = _of(outcomes, Failed)
    return tuple(
        f"::error title={property_text(_one_line(each.name))}::{data_text(_one_line(each.error))}"
        for each in failed[:MAX_PER_LEVEL]
    )


def _one_line(text: str) -> str:
    words = printable(" ".join(text.split()))
    return words if len(words) <= _LONGEST_ERROR else f"{words[:_LONGEST_ERROR]}…"


def _failures(failed: Sequence[Failed]) -> Iterator[Section]:
    if failed:
        rows = (row((literal(each.name), literal(each.error, longest=_LONGEST_ERROR))) for each in failed)
        yield Section(("### Failed", "", *header(("entry", "why"))), tuple(rows))


def _tables(outcomes: Sequence[Outcome], link: Link) -> Iterator[Section]:
    if gathered := _of(outcomes, Gathered):
        rows = (
            row((_named(each.tag, None), readable_size(each.size_bytes), _seconds(each.seconds))) for each in gathered
        )
        yield Section(tuple(header(("fetched for", "size", "took"))), tuple(rows))
    if made := _of(outcomes, Made):
        rows = (row((_named(each.tag, None), readable_size(each.size_bytes), _took(each))) for each in made)
        yield Section(tuple(header(("converted", "size", "took"))), tuple(rows))
    if released := _of(outcomes, Released):
        yield Section(tuple(header(_RELEASED)), tuple(_released_row(each, link) for each in released))
    if marked := _of(outcomes, Marked):
        rows = (row((each.mark, ", ".join(map(literal, each.tags)), literal(each.reason))) for each in marked)
        yield Section(tuple(header(("marked", "releases", "why"))), tuple(rows))


_RELEASED = ("release", "architecture", "size", "max-abs", "PSNR", "commit", "took")


def _released_row(each: Released, link: Link) -> str:
    manifest = each.manifest
    took = "was there" if each.already else _seconds(each.seconds)
    figures = _worst(manifest) if manifest else ("not known", "not known")
    title = literal(manifest.model.title) if manifest else "not known"
    size = readable_size(each.size_bytes)
    if each.sent_bytes is not None:
        size = f"{size}, {readable_size(each.sent_bytes)} uploaded"
    return row((_named(each.tag, link(each.tag)), title, size, *figures, literal(each.commit[:12]), took))


def _details(outcomes: Sequence[Outcome]) -> Iterator[Section]:
    for each in _of(outcomes, Made):
        if each.manifest is not None:
            yield from _components(each.tag, each.manifest)
        yield from _stages(each.tag, each.stages)
    for gathered in _of(outcomes, Gathered):
        yield from _stages(gathered.tag, gathered.stages)


def _components(tag: str, manifest: Manifest) -> Iterator[Section]:
    head = (
        f"### {literal(tag)}: parity with {manifest.compared_with}",
        "",
        *header(("component", "weights", "max-abs", "PSNR")),
    )
    rows = []
    for component in manifest.components:
        worst = max((parity.max_abs for parity in component.parity), default=None)
        decibels = [parity.psnr_db for parity in component.parity if parity.psnr_db is not None]
        figures = _figures(worst, min(decibels, default=None), measured=bool(component.parity))
        rows.append(row((literal(component.name), readable_size(component.size_bytes), *figures)))
    if (whole := manifest.pipeline) is not None:
        rows.append(row(("pipeline: latents", "", "", ratio_text(whole.latents_psnr_db))))
        rows.append(row(("pipeline: image", "", "", ratio_text(whole.image_psnr_db))))
    yield Section(head, tuple(rows))


def _stages(tag: str, stages: Mapping[str, float]) -> Iterator[Section]:
    rows = [row((literal(stage), f"{seconds:.1f}")) for stage, seconds in stages.items() if seconds >= _SHORTEST_S]
    if len(rows) > 1:  # a single one is the whole time, which is in the table above
        yield Section((f"### {literal(tag)}: time by stage", "", *header(("stage", "seconds"))), tuple(rows))


def _worst(manifest: Manifest) -> tuple[str, str]:
    figures = [parity for component in manifest.components for parity in component.parity]
    decibels = [parity.psnr_db for parity in figures if parity.psnr_db is not None]
    return _figures(
        max((parity.max_abs for parity in figures), default=None), min(decibels, default=None), measured=bool(figures)
    )


def _figures(max_abs: float | None, psnr_db: float | None, *, measured: bool) -> tuple[str, str]:
    if not measured:
        return "not measured", "not measured"
    return f"{max_abs or 0:.2g}", ratio_text(psnr_db)


def _took(each: Made) -> str:
    return "was there" if each.reused else _seconds(each.seconds)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _named(tag: str, link: str | None) -> str:
    return f"[{literal(tag)}]({link})" if link else literal(tag)


def _of(outcomes: Iterable[Outcome], kind: type[_T]) -> list[_T]:
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]
