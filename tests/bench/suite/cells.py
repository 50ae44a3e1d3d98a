"""Figures as they stand in the table: with their units, and with the digits that mean something. Pure."""

from tests.bench.figures import Bound, Figure, Kind


def value(number: float | None, kind: Kind) -> str:
    """`5.43 s`, `76 MB`, `4.27 GB`, `20,544`, `7.1e-07`, `131.7 dB`."""
    if number is None:
        return ""
    match kind:
        case Kind.TIME:
            return f"{_digits(number)} s"
        case Kind.MEMORY | Kind.SIZE:
            return _bytes(number)
        case Kind.COUNT:
            return f"{number:,.0f}"
        case Kind.ERROR:
            return f"{number:.2g}"
        case Kind.DECIBEL:
            return f"{number:.1f} dB"


def ratio(number: float | None) -> str:
    """`33.8`, `0.64`, `0.016`."""
    return "" if number is None else _digits(number)


def promise(figure: Figure) -> str:
    """`ratio at most 1.00`, `below 500 MB`."""
    return f"{_limit(figure.bound, figure.kind)}: {'held' if figure.held else '**missed**'}" if figure.bound else ""


def miss(figure: Figure) -> str:
    """`found 1.11, expected ratio at most 1.05`, of a figure with a promise."""
    assert figure.bound is not None
    found = ratio(figure.ratio) if figure.bound.of_ratio else value(figure.ours, figure.kind)
    return f"found {found}, expected {_limit(figure.bound, figure.kind)}"


def _limit(bound: Bound, kind: Kind) -> str:
    if bound.of_ratio:
        return f"ratio {bound.direction} {ratio(bound.limit)}"
    return f"{bound.direction} {value(bound.limit, kind)}"


def _digits(number: float) -> str:
    """Three that mean something, and no more than are measured."""
    if number >= 100:
        return f"{number:.0f}"
    if number >= 10:
        return f"{number:.1f}"
    return f"{number:.2f}" if number >= 0.1 else f"{number:.2g}"


def _bytes(number: float) -> str:
    for unit, name, digits in ((1e9, "GB", 2), (1e6, "MB", 1 if number < 1e7 else 0)):
        if number >= unit:
            return f"{number / unit:.{digits}f} {name}"
    return f"{number / 1e3:.1f} kB" if number >= 1000 else f"{number:.0f} bytes"
