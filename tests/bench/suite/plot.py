"""Time and memory, ours and theirs, as an SVG that reads on a light and on a dark page. Pure.

Drawn here and not by a library: it is text of a few dozen lines, one for each mark, so that a diff of two runs shows
the figures that changed, and it needs no further package on the machine of whoever runs the benchmarks.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10

from tests.bench.figures import CP, OPTIMUM, Kind
from tests.bench.suite.cells import value
from tests.bench.suite.groups import OURS, Group, Mark, Panel

_WIDTH, _LEFT, _RIGHT = 860, 300, 770
_ROW, _TITLE, _GAP = 19, 26, 22
_INK = "#717983"
"""As far from white as from GitHub's dark: a contrast of about 4.3 to both."""
_COLOURS = {OURS: "#2f81f7", CP: "#bf8700", OPTIMUM: "#a371f7"}
_STYLE = (
    f"text{{font:13px -apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:{_INK}}}"
    ".title{font-weight:600;font-size:16px}.group{font-weight:600}.tick{font-size:11px;text-anchor:middle}"
    ".value{text-anchor:end}"
    f".line{{stroke:{_INK};stroke-opacity:.3}}"
    + "".join(
        f".{name}{{fill:{colour}}}" for name, colour in zip(("ours", "cp", "optimum"), _COLOURS.values(), strict=True)
    )
)
_ABOUT = "Time and memory, ours and theirs"
_CLASSES = {OURS: "ours", CP: "cp", OPTIMUM: "optimum"}


def plot(panels: Sequence[Panel], caption: str) -> str:
    """The whole file.

    Args:
        panels: one below the other, each with an axis of its own.
        caption: below them: machine and date.
    """
    lines: list[str] = []
    y = 10
    for panel in panels:
        lines += _panel(panel, y)
        y += _height(panel) + _GAP
    lines.append(_text(10, y + 4, caption))
    height = y + 18
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return (
        "\n".join([f'{head} role="img">', f"<title>{_ABOUT}</title>", f"<style>{_STYLE}</style>", *lines, "</svg>"])
        + "\n"
    )


def _panel(panel: Panel, top: int) -> Iterator[str]:
    low, high = _decades([mark.number for group in panel.groups for mark in group.marks])
    yield _text(10, top + 14, f"{panel.title} (logarithmic)", "title")
    for decade in range(low, high + 1):
        yield _text(_x(10.0**decade, low, high), top + 34, _tick(decade, panel.kind), "tick")
    y = top + 40
    for group in panel.groups:
        yield from _group(group, panel.kind, y, (low, high))
        y += _group_height(group)


def _group(group: Group, kind: Kind, top: int, decades: tuple[int, int]) -> Iterator[str]:
    yield _text(10, top + 14, _plain(group.title), "group")
    for decade in range(decades[0], decades[1] + 1):
        x = _x(10.0**decade, *decades)
        yield _line(x, top + 21, x, top + 18 + _ROW * len(group.marks))
    for number, mark in enumerate(group.marks, 1):
        middle = top + number * _ROW + 10
        x = _x(mark.number, *decades)
        yield _line(_LEFT, middle, _RIGHT, middle)
        yield _text(24, middle + 4, _plain(mark.whose))
        yield _shape(mark, x, middle)
        yield _text(_WIDTH - 10, middle + 4, value(mark.number, kind), "value")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="line" x1="{x1:.1f}" y1="{y1:g}" x2="{x2:.1f}" y2="{y2:g}"/>'


def _shape(mark: Mark, x: float, y: int) -> str:
    """A circle, a diamond and a square: not everyone tells the colours apart."""
    name = _CLASSES[mark.family]
    if mark.family == OURS:
        return f'<circle class="{name}" cx="{x:.1f}" cy="{y}" r="5.5"/>'
    turned = f' transform="rotate(45 {x:.1f} {y})"' if mark.family == CP else ""
    return f'<rect class="{name}" x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9"{turned}/>'


def _height(panel: Panel) -> int:
    return 40 + sum(map(_group_height, panel.groups))


def _group_height(group: Group) -> int:
    return _ROW * len(group.marks) + _TITLE


def _decades(numbers: Sequence[float]) -> tuple[int, int]:
    """Powers of ten around all of them; two at least."""
    low, high = floor(log10(min(numbers))), ceil(log10(max(numbers)))
    return low, max(high, low + 1)


def _x(number: float, low: int, high: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (log10(number) - low) / (high - low)


def _tick(decade: int, kind: Kind) -> str:
    if kind is Kind.TIME:
        return f"{10.0**decade:g} s"
    unit = max(0, min(9, decade // 3 * 3))
    return f"{10.0 ** (decade - unit):g} {({0: 'bytes', 3: 'kB', 6: 'MB', 9: 'GB'})[unit]}"


def _text(x: float, y: float, words: str, name: str = "") -> str:
    named = f' class="{name}"' if name else ""
    return f'<text{named} x="{x:.1f}" y="{y:g}">{escape(words)}</text>'


def _plain(words: str) -> str:
    return words.replace("`", "")
