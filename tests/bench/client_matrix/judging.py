"""What a run is worth: an image like PyTorch's with every weight found, or what is wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from converter.parity import Difference, ParityError, difference
from tests.bench.client_matrix.cells import Cell
from tests.bench.client_matrix.known import Gap
from tests.bench.client_matrix.running import Array, Ran

_EFFECT = 0.01
"""The least that what is blended in must change the largest pixel value by, lest its image prove nothing."""


class Verdict(StrEnum):
    """What became of a cell."""

    GOOD = "ok"
    KNOWN = "known"
    """It fails as the documentation says."""
    FAULT = "FAULT"


@dataclass(frozen=True)
class Outcome:
    """A cell that was run."""

    cell: Cell
    verdict: Verdict
    words: str
    """What is wrong, or the reason that the documentation gives."""
    error: str = ""
    """The first line that the client said when it failed."""
    difference: Difference | None = None
    """From PyTorch's image; `None` when there is no image."""
    matched: Mapping[str, int] | None = None
    """Graph to how many of its weights onnx-web's blending changed."""
    seconds: float = 0.0


def judged(cell: Cell, ran: Ran, references: Mapping[str, Array], gaps: Sequence[Gap]) -> Outcome:
    """What a run is worth; `references` are PyTorch's images by the `out` of their jobs."""
    covering = [gap for gap in gaps if gap.covers(cell)]
    if ran.image is None:
        gap = next((gap for gap in covering if gap.says in ran.error), None)
        words = gap.reason if gap else "it fails, and docs/clients.md does not say so"
        return Outcome(cell, Verdict.KNOWN if gap else Verdict.FAULT, words, ran.error, seconds=ran.seconds)
    expected = references[cell.reference.out]
    matched = {graph: len(names) for graph, names in ran.facts.get("changed", {}).items()}
    try:
        found = difference(ran.image, expected, "image")
    except ParityError as error:
        return Outcome(cell, Verdict.FAULT, str(error), seconds=ran.seconds)
    wrong = [*_wrong(cell, found, matched, references)]
    if covering:
        wrong.append("docs/clients.md says that it fails, and it does not")
    verdict = Verdict.FAULT if wrong else Verdict.GOOD
    return Outcome(cell, verdict, "; ".join(wrong), "", found, matched or None, ran.seconds)


def _wrong(cell: Cell, found: Difference, matched: Mapping[str, int], references: Mapping[str, Array]) -> list[str]:
    wrong = []
    if not found.within(cell.level.limits):
        wrong.append(f"differs from PyTorch's image by {found.max_abs:.2g} ({found.psnr_db:.0f} dB)")
    if matched != dict(cell.targets):
        wrong.append(f"onnx-web changed {matched} weights, expected {dict(cell.targets)}")
    if cell.plain:
        effect = difference(references[cell.plain.out], references[cell.reference.out], "image").max_abs
        if effect < _EFFECT:
            wrong.append(f"what is blended in changes PyTorch's image by {effect:.2g}, expected at least {_EFFECT}")
    return wrong
