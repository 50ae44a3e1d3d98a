"""What was compared before: figures under a digest of all that determined them, so that nothing is compared twice.

Main types: `ProofStore`, which keeps a `KeptProof` under a key; `component_key` and `pipeline_key` make the keys,
`Where` says on what it was measured, `Proven` is a component's comparison, made now or found.

The files themselves are not kept. A release folder needs bytes of its own, because onnx refuses external data with a
second hard link, and binding writes them in one pass over the source, checked and digested; a copy of kept files would
read, digest and write as many. What takes most of a conversion, and is not done again, is the comparison.

This room compares nothing: it decides whether two comparisons would be the same one.
"""

from converter.proofs.figures import from_figures, pipeline_from_figures, pipeline_to_figures, to_figures
from converter.proofs.keys import Where, component_key, pipeline_key
from converter.proofs.proven import NOT_PROVEN, Proven
from converter.proofs.store import KeptProof, ProofStore
from converter.proofs.values import digest_of_values

__all__ = [
    "NOT_PROVEN",
    "KeptProof",
    "ProofStore",
    "Proven",
    "Where",
    "component_key",
    "digest_of_values",
    "from_figures",
    "pipeline_from_figures",
    "pipeline_key",
    "pipeline_to_figures",
    "to_figures",
]
