"""The one table: each figure, its reference, what was promised, and the previous recorded run. Pure."""

from collections.abc import Iterator, Mapping

from tests.bench.figures import Figure, Kind
from tests.bench.suite.cells import promise, ratio, value
from tests.bench.suite.record import Record, key

HEAD = ("Benchmark", "Figure", "Ours", "Reference", "Its figure", "Ratio", "Promised", "Previous", "Ratio to it")
_COMPARED = (Kind.TIME, Kind.MEMORY, Kind.SIZE)
"""Kinds whose ratio to the run before says something."""


def rows(record: Record) -> Iterator[tuple[str, ...]]:
    """A row for each figure, in the order in which they were told; a name that comes again is left out."""
    for result in record.results:
        values: Mapping[str, float] = (
            record.earlier[result.benchmark].values if result.benchmark in record.earlier else {}
        )
        last = ""
        for figure in result.figures:
            first = result.benchmark if figure is result.figures[0] else ""
            yield first, "" if figure.name == last else figure.name, *_figure(figure), *_before(figure, values)
            last = figure.name
    for name in record.failed:
        yield name, "**failed**", *[""] * (len(HEAD) - 2)


def _figure(figure: Figure) -> tuple[str, ...]:
    return (
        value(figure.ours, figure.kind),
        figure.against,
        value(figure.reference, figure.kind),
        ratio(figure.ratio),
        promise(figure),
    )


def _before(figure: Figure, values: Mapping[str, float]) -> tuple[str, str]:
    before = values.get(key(figure))
    told = ratio(figure.ours / before) if before and figure.kind in _COMPARED else ""
    return value(before, figure.kind), told
