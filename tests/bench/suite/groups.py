"""What of a run is drawn: every time and every peak of memory that stands beside one of `cp` or optimum-onnx. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench.figures import CP, OPTIMUM, Figure, Kind
from tests.bench.suite.results import Result

OURS = "ours"


@dataclass(frozen=True)
class Mark:
    """One number."""

    whose: str
    """`OURS`, or the reference as its figure names it."""
    number: float

    @property
    def family(self) -> str:
        """Which of the three it looks like: `OURS`, `CP` or `OPTIMUM`."""
        return self.whose if self.whose == OURS else next(f for f in (CP, OPTIMUM) if self.whose.startswith(f))


@dataclass(frozen=True)
class Group:
    """One thing that was measured, and whose figures it has: ours first."""

    title: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Panel:
    """Groups that share an axis."""

    title: str
    kind: Kind
    groups: tuple[Group, ...]


def panels(results: Iterable[Result]) -> tuple[Panel, ...]:
    """Converting, loading and running, memory: those that have something in them."""
    found = list(results)
    graphs = [result for result in found if result.benchmark == "levels"]
    others = [result for result in found if result.benchmark != "levels"]
    made = (
        Panel("Time to convert", Kind.TIME, tuple(_groups(others, Kind.TIME))),
        Panel("Time to load and to run in onnxruntime", Kind.TIME, tuple(_groups(graphs, Kind.TIME))),
        Panel("Peak memory", Kind.MEMORY, tuple(_groups(found, Kind.MEMORY))),
    )
    return tuple(panel for panel in made if panel.groups)


def _groups(results: Iterable[Result], kind: Kind) -> Iterator[Group]:
    for result in results:
        by_name: dict[str, list[Figure]] = {}
        for figure in result.figures:
            compared = figure.reference and figure.against.startswith((CP, OPTIMUM))
            if figure.kind is kind and compared and figure.ours > 0:  # the axis is logarithmic
                by_name.setdefault(figure.name, []).append(figure)
        for name, figures in by_name.items():
            theirs = (Mark(figure.against, figure.reference or 0.0) for figure in figures)
            yield Group(f"{result.benchmark}: {name}", (Mark(OURS, figures[0].ours), *theirs))
