"""Each component is compared with PyTorch once: one that is the same as before has the figures of before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from converter.blending import BoundGraph
from converter.parity import LIMITS, Measurement
from converter.progress import Progress, Report
from converter.proof import Proof
from converter.proofs import KeptProof, Proven, Where, component_key, digest_of_values, from_figures, to_figures
from converter.proving import is_against_pytorch, prove
from converter.registry import Precision
from converter.streaming import StreamedFile
from converter.workshop import Workshop


def prove_once(
    graph: BoundGraph,
    precision: Precision,
    folder: Path,
    workshop: Workshop,
    report: Report,
    *,
    bound: Sequence[StreamedFile],
    release: str,
) -> Proven:
    """Compare a component that was bound into `folder` with its reference, unless that was done before.

    It was, if graph and data have the same bytes, PyTorch computes with the same numbers in the same classes, and
    device and libraries are the same. What LoRAs or inversions change is compared each time, and so is what is compared
    with its own float32 graph: what they are measured against is not known before it is computed.

    Args:
        graph: what it was made of.
        precision: that it computes in.
        folder: has its files.
        workshop: keeps what was compared.
        report: called as the work goes on.
        bound: its files.
        release: the tag of the release that it is for.

    Raises:
        ParityError: it differs by more than it may, or overflows.
    """
    key = _key(graph, precision, bound, workshop.proof)
    kept = None if key is None else workshop.proofs.find(key)
    if kept is not None and _passes(measured := from_figures(kept.figures), precision):
        report(Progress(f"{graph.component.kind}: compared before, for {kept.release}", 1, 1, ""))
        return Proven(measured, key, kept.release)
    measured = prove(graph, precision, folder, workshop, report)
    if key is not None:
        workshop.proofs.keep(key, KeptProof(release, to_figures(measured)))
    return Proven(measured, key, None)


def _key(graph: BoundGraph, precision: Precision, bound: Sequence[StreamedFile], proof: Proof) -> str | None:
    if graph.is_changed or not is_against_pytorch(proof.reference, precision):
        return None
    # Data in float32 is what PyTorch computes with; what was rounded is that of many models.
    values = None if precision is Precision.FP32 else digest_of_values(graph.weights)
    return component_key(graph.component, precision, bound, values, Where.here(proof.device))


def _passes(measured: Sequence[Measurement], precision: Precision) -> bool:
    """Whether it keeps today's limits; where it does not, it is measured again, for a message that says it all."""
    return all(each.difference.within(LIMITS[precision]) for each in measured)
