"""A report as figures in the form of all benchmarks. Pure."""

from collections.abc import Iterator

from tests.bench.figures import OPTIMUM, Bound, Direction, Figure, Kind, ratio_at_most
from tests.bench.levels import results
from tests.bench.levels.bounds import FUSED_LIMIT, LOAD_LIMIT, NEAR_PARAMETERS, STEP_LIMIT
from tests.bench.levels.report import Report
from tests.bench.levels.results import Component, LevelResult

_AT_MOST = {"load_s": ratio_at_most(LOAD_LIMIT), "step_s": ratio_at_most(STEP_LIMIT)}
_FUSED = {
    "step_s": ratio_at_most(FUSED_LIMIT),
    "peak_bytes": Bound(Direction.BELOW, FUSED_LIMIT, of_ratio=True),
}
_WORDS = {
    "load_s": ("load", Kind.TIME),
    "step_s": ("step", Kind.TIME),
    "peak_bytes": ("peak resident memory", Kind.MEMORY),
}


def as_figures(report: Report) -> Iterator[Figure]:
    """Size of each level, and load, step and memory of each component: beside optimum's, if it ran, and no fusion."""
    parameters = report.sizes["sd1"].parameter_bytes
    for level, result in report.results.items():
        size = sum(result.converted.size_bytes.values())
        bound = ratio_at_most(1 + NEAR_PARAMETERS) if level == "fp32/none" else None
        yield Figure(f"`{level}`: size", Kind.SIZE, size, "its parameters in float32", parameters, bound=bound)
        for name, component in result.components.items():
            if results.OPTIMUM in component.measured:
                yield from _beside(result, name, component, results.OPTIMUM)
            else:
                yield from _alone(result.level, name, component.measured[result.level])
            yield from _beside(result, name, component, f"{level.partition('/')[0]}/none")


def _alone(level: str, name: str, measured: results.Measured) -> Iterator[Figure]:
    for field, (words, kind) in _WORDS.items():
        ours: float = getattr(measured, field)
        yield Figure(f"`{level}`, {name}: {words}", kind, ours, how=_how(measured, field))


def _beside(result: LevelResult, name: str, component: Component, other: str) -> Iterator[Figure]:
    if other not in component.measured or other == result.level:
        return
    ours, theirs, optimum = component.measured[result.level], component.measured[other], other == results.OPTIMUM
    bounds = (_AT_MOST if result.level == "fp32/none" else {}) if optimum else _FUSED if name == "unet" else {}
    for field, (words, kind) in _WORDS.items():
        yield Figure(
            f"`{result.level}`, {name}: {words}",
            kind,
            getattr(ours, field),
            OPTIMUM if optimum else f"`{other}`",
            getattr(theirs, field),
            bound=bounds.get(field),
            how=_how(ours, field),
        )


def _how(measured: results.Measured, field: str) -> str:
    if field == "peak_bytes":
        return ""
    rounds = measured.loads_s if field == "load_s" else measured.steps_s
    return f"medians of {len(rounds)} in turns"
