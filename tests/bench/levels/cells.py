"""Figures as they stand in tables; the unit is in the head of the column. Pure."""

from collections.abc import Iterator, Sequence
from math import inf


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table whose columns are aligned in the source too; all but names are on the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    rights = [bool(rows) and all(_is_figure(row[i]) for row in rows) for i in range(len(head))]
    yield _line(head, widths, rights)
    rules = ["-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, rights, strict=True)]
    yield _line(rules, widths, rights)
    for row in rows:
        yield _line(row, widths, rights)


def seconds(value: float | None) -> str:
    """`5.43`, `0.083` and `0.0004`: what took a moment did not take nothing."""
    if value is None:
        return ""
    if value >= 1:
        return f"{value:.2f}"
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1g}"


def ratio(value: float | None) -> str:
    """`0.93`."""
    return "" if value is None else f"{value:.2f}"


def megabytes(value: int | None) -> str:
    """`3438.1`."""
    return "" if value is None else f"{value / 1e6:.1f}"


def gigabytes(value: int | None) -> str:
    """`4.26`."""
    return "" if value is None else f"{value / 1e9:.2f}"


def decibels(value: float | None) -> str:
    """`131.7`, or `equal`."""
    if value is None:
        return ""
    return "equal" if value == inf else f"{value:.1f}"


def _is_figure(text: str) -> bool:
    return text in ("", "equal") or text.lstrip("*-")[:1].isdigit()


def _line(cells: Sequence[str], widths: Sequence[int], rights: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, rights, strict=True)
    )
    return f"| {' | '.join(padded)} |"
