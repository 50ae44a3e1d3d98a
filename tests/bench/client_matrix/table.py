"""The matrix as lines for the terminal, as a page, and as JSON. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.bench.client_matrix.clients import BLENDS, CLIENTS, ROWS
from tests.bench.client_matrix.judging import Outcome, Verdict
from tests.bench.client_matrix.levels import BuiltLevel

HEAD = f"{'client':20} {'release':12} {'pipeline':21} {'level':14} {'':6} {'from PyTorch':>19} {'seconds':>8}"
ONNX_STACK = "OnnxStack"
_ABSENT = "–"


def line(outcome: Outcome) -> str:
    """One cell, as the terminal shows it."""
    cell, found = outcome.cell, outcome.difference
    figures = f"{found.max_abs:.1e} {_decibels(outcome):>8}" if found else ""
    about = f"  {outcome.error or outcome.words}" if outcome.error or outcome.words else ""
    if outcome.matched:
        about = f"  {_matched(outcome)}{about}"
    start = f"{cell.client.title:20} {cell.release:12} {cell.task:21} {cell.level.name:14} {outcome.verdict:6}"
    return f"{start} {figures:>19} {outcome.seconds:>8.1f}{about}"


def page(
    outcomes: Sequence[Outcome], contracts: Mapping[tuple[str, str], str], levels: Sequence[BuiltLevel], head: str
) -> str:
    """The whole matrix in Markdown.

    Args:
        outcomes: of every cell that was run.
        contracts: (release, level) to what OnnxStack's cell says; the rows are of these releases.
        levels: in the order of the sections.
        head: what stands above the tables.
    """
    notes: dict[str, int] = {}
    sections = [section for level in levels for section in _level(outcomes, contracts, level, notes)]
    blends = list(_blends(outcomes))
    footnotes = [f"{number}. {note}" for note, number in notes.items()]
    return "\n".join([head, *sections, *blends, *(["", *footnotes] if footnotes else []), ""])


def _level(
    outcomes: Sequence[Outcome], contracts: Mapping[tuple[str, str], str], level: BuiltLevel, notes: dict[str, int]
) -> Iterator[str]:
    clients = [client for client in CLIENTS if any(outcome.cell.client == client for outcome in outcomes)]
    places = {_place(outcome): outcome for outcome in outcomes if outcome.cell.level == level}
    yield f"\n## {level.name}: {level.limits}\n"
    yield f"| release | pipeline | {' | '.join([*(client.title for client in clients), ONNX_STACK])} |"
    yield "|---" * (3 + len(clients)) + "|"
    for release, task in (row for row in ROWS if (row[0], level.name) in contracts):
        cells = [_text(places.get((client.key, release, task)), notes) for client in clients]
        yield f"| {release} | {task} | {' | '.join([*cells, contracts[release, level.name]])} |"


def _place(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.cell.client.key, outcome.cell.release, outcome.cell.task


def _text(outcome: Outcome | None, notes: dict[str, int]) -> str:
    """A figure, or the number of the note that says what is wrong."""
    if outcome is None:
        return _ABSENT
    if outcome.verdict is Verdict.GOOD:
        return _decibels(outcome)
    said = f"`{outcome.error}`: {outcome.words}" if outcome.error else outcome.words
    number = notes.setdefault(f"{outcome.cell.client.title}: {said}", len(notes) + 1)
    return f"{'no' if outcome.verdict is Verdict.KNOWN else '**FAULT**'} ({number})"


def _blends(outcomes: Sequence[Outcome]) -> Iterator[str]:
    rows = [o for blend in BLENDS for o in outcomes if (o.cell.release, o.cell.task) == blend]
    if not rows:
        return
    yield "\n## Blended in by onnx-web while it runs\n"
    yield "| release | what | level | weights found, of those in the file | image |"
    yield "|---|---|---|---|---|"
    for outcome in rows:
        image = _decibels(outcome) if outcome.verdict is Verdict.GOOD else f"**FAULT** {outcome.error}{outcome.words}"
        yield " | ".join(
            ("| " + outcome.cell.release, outcome.cell.task, outcome.cell.level.name, _matched(outcome), image + " |")
        )


def _matched(outcome: Outcome) -> str:
    """`unet 83 of 83`; of an inversion, the rows of the table of tokens."""
    found = outcome.matched or {}
    word = " rows" if outcome.cell.task == "inversion" else ""
    return ", ".join(f"{graph} {found.get(graph, 0)} of {many}{word}" for graph, many in outcome.cell.targets.items())


def _decibels(outcome: Outcome) -> str:
    return "" if outcome.difference is None else f"{outcome.difference.psnr_db:.0f} dB"


def records(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Every cell, for programs."""
    return [
        {
            "client": outcome.cell.client.title,
            "release": outcome.cell.release,
            "pipeline": outcome.cell.task,
            "level": outcome.cell.level.name,
            "verdict": outcome.verdict.value,
            "max_abs": outcome.difference and outcome.difference.max_abs,
            "psnr_db": outcome.difference and outcome.difference.psnr_db,
            "error": outcome.error,
            "words": outcome.words,
            "seconds": outcome.seconds,
            **({"matched": dict(outcome.matched)} if outcome.matched else {}),
        }
        for outcome in outcomes
    ]
