"""The gate: no component leaves before it was compared with PyTorch, or with what stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.graphs import MODEL_NAME, Component, Weights, ports_of
from converter.parity.compare import Difference, Limits, difference, worst
from converter.parity.errors import ParityError
from converter.parity.inputs import CASES, seeded_inputs
from converter.parity.overflow import require_no_overflow
from converter.parity.reference import PYTORCH, Reference, pytorch
from converter.parity.session import run_session
from converter.progress import Progress, Report, silent
from converter.proof import Device
from converter.registry import Precision


@dataclass(frozen=True)
class Measurement:
    """One run of a component, at one shape."""

    shapes: Mapping[str, tuple[int, ...]]
    difference: Difference


def measure(
    component: Component,
    weights: Weights,
    folder: Path,
    precision: Precision = Precision.FP32,
    *,
    reference: Reference | None = None,
    device: Device = "cpu",
    report: Report = silent,
) -> tuple[Measurement, ...]:
    """Run a converted component and its original on the same inputs, at each of `CASES`.

    The two run one after the other, so that the model is never in memory twice.

    Args:
        component: what it is.
        weights: the source's state dict.
        folder: holds the `model.onnx` to be measured.
        precision: that it computes in; the reference computes in float32.
        reference: what it is compared with; PyTorch if it is `None`.
        device: that it runs on.
        report: called before and after each of the two.

    Raises:
        ParityError: one of them cannot run, or their outputs cannot be compared.
    """
    runs = [seeded_inputs(component, case) for case in range(len(CASES))]
    against = reference or pytorch(component, weights, device)
    task = f"{component.kind}: comparing with {against.said}"
    report(Progress(task, 0, 2, ""))
    expected = against.outputs(runs)
    report(Progress(task, 1, 2, ""))
    actual = run_session(folder / MODEL_NAME, runs, precision, device=device)
    report(Progress(task, 2, 2, ""))
    if precision is not Precision.FP32:
        for inputs, ours in zip(runs, actual, strict=True):
            require_no_overflow(folder / MODEL_NAME, inputs, ours, device)
    names = [port.name for port in ports_of(component).outputs]
    return tuple(
        Measurement(
            {name: array.shape for name, array in inputs.items()},
            worst(
                [difference(a, e, name, reference=against.said) for a, e, name in zip(ours, theirs, names, strict=True)]
            ),
        )
        for inputs, ours, theirs in zip(runs, actual, expected, strict=True)
    )


def require_within(measurements: tuple[Measurement, ...], limits: Limits, where: str, reference: str = PYTORCH) -> None:
    """Check that every run keeps the limits.

    Raises:
        ParityError: with the figures, the limits and the shape; `where` names the component, `reference` what it was
            compared with.
    """
    for measurement in measurements:
        if not measurement.difference.within(limits):
            found = measurement.difference
            raise ParityError(
                f"{where}: differs from {reference} by {found.max_abs:.3g} ({found.psnr_db:.1f} dB), "
                f"expected {limits}, "
                f"with inputs {dict(measurement.shapes)}; nothing was published"
            )
