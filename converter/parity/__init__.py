"""The product against an independent computation: onnxruntime against PyTorch, and the gate between them.

Main types: `Measurement`, `Limits`; `measure` runs both, `require_within` is the gate. `compare` and `pipeline`, which
is about whole pipelines, are pure.
This room never changes what it measures.
"""

from converter.parity.compare import LIMITS, Difference, Limits, difference, worst
from converter.parity.device import require_device
from converter.parity.errors import ParityError
from converter.parity.gate import Measurement, measure, require_within
from converter.parity.inputs import inputs_digest
from converter.parity.pipeline import (
    PIPELINE_LIMITS,
    Drawn,
    PipelineMeasurement,
    compare_pipelines,
    require_pipeline_within,
)
from converter.parity.reference import PYTORCH, Reference, pytorch, torch_graph
from converter.parity.session import run_session

__all__ = [
    "LIMITS",
    "PIPELINE_LIMITS",
    "PYTORCH",
    "Difference",
    "Drawn",
    "Limits",
    "Measurement",
    "ParityError",
    "PipelineMeasurement",
    "Reference",
    "compare_pipelines",
    "difference",
    "inputs_digest",
    "measure",
    "pytorch",
    "require_device",
    "require_pipeline_within",
    "require_within",
    "run_session",
    "torch_graph",
    "worst",
]
