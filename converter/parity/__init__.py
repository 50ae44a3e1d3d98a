"""The product against an independent computation: onnxruntime against PyTorch, and the gate between them.

Main types: `Measurement`, `Limits`; `measure` runs both, `require_within` is the gate. `compare` is pure.
This room never changes what it measures.
"""

from converter.parity.compare import LIMITS, Difference, Limits, difference, worst
from converter.parity.errors import ParityError
from converter.parity.gate import Measurement, measure, require_within

__all__ = [
    "LIMITS",
    "Difference",
    "Limits",
    "Measurement",
    "ParityError",
    "difference",
    "measure",
    "require_within",
    "worst",
]
