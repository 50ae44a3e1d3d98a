"""Skip two of torch's export passes where a graph provably does not need them (25 s to 2 s for an SDXL-like UNet).

`torch.onnx` re-traces an exported program twice to decompose operators and to insert type promotions. These graphs
need neither: all that lacks an ONNX function is `aten.to`, dropout in eval mode and assertions, which are rewritten
here. Anything unknown, any mutation and any sub-graph falls back to torch's own passes. `fake_cache`, `fake_key` and
`known_numbers` spare `torch.export` much of its work before that, and `kept_functions` all graphs but the first a
search. This touches private names of torch, which is why pyproject pins its exact version;
`tests/graphs/test_fast_export.py` compares both paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from converter.graphs.fake_cache import kept_at_once
from converter.graphs.fake_key import short_keys
from converter.graphs.kept_functions import functions_kept
from converter.graphs.known_numbers import numbers_remembered
from converter.graphs.replaced import replaced

if TYPE_CHECKING:
    from torch.export import ExportedProgram
    from torch.fx import Graph, GraphModule, Node


@contextmanager
def fast_export() -> Iterator[list[str]]:
    """Within this context `torch.onnx.export` takes the short way where it can.

    Yields:
        What was done, in order: `decompositions skipped`, `type promotion skipped`, or `fallback: WHY`.
    """
    from torch.fx import config
    from torch.onnx._internal.exporter import _decomp, _fx_passes

    decompose, promote = _fx_passes.decompose_with_registry, _fx_passes.insert_type_promotion_nodes
    log: list[str] = []

    def short_decompose(program: ExportedProgram, registry: Any) -> ExportedProgram:
        why = _unknown_operators(program.graph_module.graph, set(_decomp.get_onnx_implemented_overloads(registry)))
        if why:
            log.append(f"fallback: {why}")
            return decompose(program, registry)
        _rewrite(program.graph_module.graph, set(_decomp.get_onnx_implemented_overloads(registry)))
        program.graph_module.recompile()
        log.append("decompositions skipped")
        return program

    def short_promote(module: GraphModule, *arguments: Any) -> Any:
        mixed = _mixed_dtypes(module.graph)
        if mixed:
            log.append(f"fallback: {mixed} mixes dtypes")
            return promote(module, *arguments)
        log.append("type promotion skipped")
        return None

    with (
        replaced(_fx_passes, "decompose_with_registry", short_decompose),
        replaced(_fx_passes, "insert_type_promotion_nodes", short_promote),
        # Nobody reads which line of Python a node comes from: `canonical_names.strip_metadata` would drop it.
        replaced(config, "do_not_emit_stack_traces", True),
        kept_at_once(),
        short_keys(),
        numbers_remembered(),
        functions_kept(),
    ):
        yield log


def _operators(graph: Graph) -> Iterator[Node]:
    from torch._ops import HigherOrderOperator, OpOverload

    for node in graph.nodes:
        if node.op == "call_function" and isinstance(node.target, OpOverload | HigherOrderOperator):
            yield node


def _unknown_operators(graph: Graph, implemented: set[Any]) -> str:
    """The first operator that the short way cannot handle, or nothing."""
    from torch._ops import HigherOrderOperator

    known = _assertions() | _casts() | _identities()
    for node in _operators(graph):
        target: Any = node.target
        if isinstance(target, HigherOrderOperator) or target._schema.is_mutable:
            return str(target)
        if target not in implemented and target not in known:
            return str(target)
        if str(target) == "aten.dropout.default" and node.args[2] is not False:
            return "dropout in training mode"
    return ""


def _rewrite(graph: Graph, implemented: set[Any]) -> None:
    import torch

    assertions, casts = _assertions(), _casts()
    for node in [n for n in _operators(graph) if n.target not in implemented]:
        if node.target in assertions:
            graph.erase_node(node)
            continue
        source: Any = node.args[0]
        if node.target in casts and node.meta["val"].dtype != source.meta["val"].dtype:
            with graph.inserting_before(node):
                cast = graph.call_function(
                    torch.ops.aten._to_copy.default, (source,), {"dtype": node.meta["val"].dtype}
                )
            cast.meta = dict(node.meta)
            source = cast
        node.replace_all_uses_with(source)
        graph.erase_node(node)


def _mixed_dtypes(graph: Graph) -> str:
    """The first operator whose tensor inputs and output differ in dtype and which might therefore be promoted."""
    import torch

    aten = torch.ops.aten
    never = {
        aten._to_copy.default,
        aten.embedding.default,
        aten.arange.start,
        aten.arange.start_step,
        aten.arange.default,
    }
    for node in _operators(graph):
        value = node.meta.get("val")
        if node.target in never or not isinstance(value, torch.Tensor):
            continue
        inputs = {
            source.meta["val"].dtype
            for source in node.all_input_nodes
            if isinstance(source.meta.get("val"), torch.Tensor)
        }
        if inputs and inputs != {value.dtype}:
            return str(node.target)
    return ""


def _assertions() -> set[Any]:
    import torch

    aten = torch.ops.aten
    return {
        aten._assert_tensor_metadata.default,
        aten._assert_scalar.default,
        aten.sym_constrain_range_for_size.default,
    }


def _casts() -> set[Any]:
    import torch

    aten = torch.ops.aten
    return {aten.to.dtype, aten.to.dtype_layout, aten.to.device, aten.type_as.default}


def _identities() -> set[Any]:
    import torch

    aten = torch.ops.aten
    return {aten.dropout.default, aten.detach.default, aten.lift_fresh_copy.default, aten.alias.default}
