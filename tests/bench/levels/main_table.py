"""The main table: a row for each component of each level, and one for the level as a whole. Pure."""

from collections.abc import Iterator

from tests.bench.levels.cells import decibels, gigabytes, megabytes, ratio, seconds, table
from tests.bench.levels.report import Report
from tests.bench.levels.results import OPTIMUM, Exported, LevelResult

_HEAD = [
    "Level",
    "Component",
    "Size, MB",
    "Convert, s",
    "Load, s",
    "÷ optimum",
    "Step, s",
    "÷ optimum",
    "Peak memory, GB",
    "÷ optimum",
    "PSNR to PyTorch, dB",
    "to optimum, dB",
]
_ALL = "**all**"


def main_table(report: Report) -> Iterator[str]:
    """Levels in their order, then what is not built, then optimum as it ran beside the first level."""
    rows = [row for result in report.results.values() for row in _level(result)]
    rows += [[f"`{level}`", "not built", *[""] * (len(_HEAD) - 2)] for level in report.refused]
    first = next(iter(report.results.values()), None)
    if report.optimum and first:
        rows += _optimum(report.optimum, first)
    yield "## Level by component"
    yield ""
    yield (
        "`Load` is at `ORT_ENABLE_EXTENDED`; `÷ optimum` is ours divided by optimum's, both medians of the same turns. "
        "`Convert` is with warm templates and without parity."
    )
    yield ""
    yield from table(_HEAD, rows)


def _level(result: LevelResult) -> Iterator[list[str]]:
    converted, name = result.converted, f"`{result.level}`"
    ours, theirs = (result.whole("load_s", whose) for whose in (result.level, OPTIMUM))
    agreements = [each.agreement.psnr_db for each in result.components.values() if each.agreement]
    yield [
        name,
        _ALL,
        megabytes(sum(converted.size_bytes.values())),
        seconds(converted.warm_s),
        seconds(ours),
        ratio(ours / theirs if ours and theirs else None),
        *[""] * 4,
        decibels(min(converted.psnr_db.values())),
        decibels(min(agreements, default=None)),
    ]
    for part, each in result.components.items():
        mine = each.measured[result.level]
        yield [
            name,
            part,
            megabytes(converted.size_bytes[part]),
            "",
            seconds(mine.load_s),
            ratio(result.ratio(part, "load_s", OPTIMUM)),
            seconds(mine.step_s),
            ratio(result.ratio(part, "step_s", OPTIMUM)),
            gigabytes(mine.peak_bytes),
            ratio(result.ratio(part, "peak_bytes", OPTIMUM)),
            decibels(converted.psnr_db[part]),
            decibels(each.agreement.psnr_db if each.agreement else None),
        ]


def _optimum(exported: Exported, beside: LevelResult) -> Iterator[list[str]]:
    load = seconds(beside.whole("load_s", OPTIMUM))
    size = megabytes(sum(exported.size_bytes.values()))
    yield [OPTIMUM, _ALL, size, seconds(exported.seconds), load, *[""] * 7]
    for part, each in beside.components.items():
        if OPTIMUM in each.measured:
            theirs = each.measured[OPTIMUM]
            figures = [seconds(theirs.load_s), "", seconds(theirs.step_s), "", gigabytes(theirs.peak_bytes)]
            yield [OPTIMUM, part, megabytes(exported.size_bytes[part]), "", *figures, *[""] * 3]
