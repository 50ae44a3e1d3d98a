"""Fusions: each file turns one form of nodes into one contrib operator of onnxruntime, and says before and after.

A form is the one that torch's exporter gives a known module, so it is matched strictly: where a node that starts one (a
`Softmax`, an `Erf`) is in another form, it is a `GraphError` that names the node, not a graph that is fused in part.
Linear layers and convolutions stay as they are, with their names: a LoRA still finds them.
"""

from converter.graphs.fusions.attention import fuse_attention
from converter.graphs.fusions.gelu import fuse_gelu
from converter.graphs.fusions.skip_norm import fuse_skip_norms

DOMAIN = "com.microsoft"
"""Of the contrib operators; version 1 is the only one."""
FUSIONS = (fuse_attention, fuse_skip_norms, fuse_gelu)
"""In this order; each takes a graph, whose unused nodes are removed afterwards."""
OPERATORS = ("MultiHeadAttention", "SkipLayerNormalization", "Gelu", "QuickGelu")
"""What they make."""

__all__ = ["DOMAIN", "FUSIONS", "OPERATORS", "fuse_attention", "fuse_gelu", "fuse_skip_norms"]
