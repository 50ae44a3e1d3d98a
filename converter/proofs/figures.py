"""Measurements as JSON, and back, to the last bit: what was measured before reads as if it were measured now."""

from collections.abc import Mapping, Sequence
from math import inf, isinf
from typing import Any

from converter.canonical import JsonObject, JsonValue
from converter.parity import Difference, Measurement, PipelineMeasurement


def to_figures(measured: Sequence[Measurement]) -> JsonValue:
    """A component's measurements; `from_figures(to_figures(m)) == m`."""
    return [{"shapes": _lists(each.shapes), **_difference(each.difference)} for each in measured]


def from_figures(figures: Any) -> tuple[Measurement, ...]:
    """The inverse of `to_figures`, of our own JSON, which a digest covers."""
    return tuple(
        Measurement({name: tuple(shape) for name, shape in each["shapes"].items()}, _found(each)) for each in figures
    )


def pipeline_to_figures(measured: PipelineMeasurement) -> JsonValue:
    """A pipeline's measurement; `pipeline_from_figures(pipeline_to_figures(m)) == m`."""
    return {
        "settings": dict(measured.settings),
        "latents": _difference(measured.latents),
        "image": _difference(measured.image),
    }


def pipeline_from_figures(figures: Any) -> PipelineMeasurement:
    """The inverse of `pipeline_to_figures`."""
    return PipelineMeasurement(figures["settings"], _found(figures["latents"]), _found(figures["image"]))


def _lists(shapes: Mapping[str, tuple[int, ...]]) -> JsonObject:
    return {name: list(shape) for name, shape in shapes.items()}


def _difference(found: Difference) -> JsonObject:
    # JSON has no word for infinity, which is the ratio of equal outputs.
    return {"max_abs": found.max_abs, "psnr_db": None if isinf(found.psnr_db) else found.psnr_db}


def _found(raw: Any) -> Difference:
    return Difference(raw["max_abs"], inf if raw["psnr_db"] is None else raw["psnr_db"])
