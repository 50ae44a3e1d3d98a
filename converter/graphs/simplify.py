"""Clean a traced graph up: fold constants, drop what does nothing, store transposed what is only used transposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    import onnx_ir as ir

_ROUNDS = 2


@dataclass(frozen=True)
class _OnItsOperator:
    """A rule that is tried on nodes of the operator that its pattern ends in, and on no others.

    onnxscript sets up a match for each rule at each node, and only then compares the operators: 1.7 of the 20
    seconds that Stable Diffusion 1.5's UNet took.
    """

    rule: Any
    operator: str | None = field(init=False)
    """`None` where the pattern ends in one of several, or in any."""

    def __post_init__(self) -> None:
        identifier = self.rule._matcher.pattern.output_node.op_identifier()
        object.__setattr__(self, "operator", None if identifier is None else identifier[1])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rule, name)

    def try_rewrite(self, model: ir.Model, graph: ir.Graph | ir.Function, node: ir.Node, **options: Any) -> Any:
        """As the rule does."""
        if self.operator not in (None, node.op_type):
            return None
        return self.rule.try_rewrite(model, graph, node, **options)


def simplify(model: ir.Model) -> None:
    """Optimise `model` in place, as `onnxscript.optimizer.optimize` does without its one quadratic rule.

    `SlicesSplit` is the only rewrite with several outputs; its matcher indexes the whole graph again at each node
    (310 s against 8 s for SDXL's UNet). It does not occur in these graphs: `tests/graphs/test_simplify.py` compares
    with the whole optimiser. Parameters must be graph inputs before, so that nothing folds them.

    Raises:
        GraphError: a local function is left, which not every client can run.
    """
    from onnx_ir.passes import common
    from onnxscript import rewriter
    from onnxscript.optimizer import _constant_folding as folding

    rules = [_OnItsOperator(rule) for rule in rewriter._DEFAULT_REWRITE_RULES if _has_one_output(rule)]
    common.InlinePass()(model)
    for _ in range(_ROUNDS):
        changed = [
            step(model).modified
            for step in (
                folding.FoldConstantsPass(
                    shape_inference=True,
                    input_size_limit=folding.DEFAULT_CONSTANT_FOLD_INPUT_SIZE_LIMIT,
                    output_size_limit=folding.DEFAULT_CONSTANT_FOLD_OUTPUT_SIZE_LIMIT,
                ),
                rewriter.RewritePass(rules),
                common.RemoveUnusedNodesPass(),
                common.RemoveUnusedOpsetsPass(),
            )
        ]
        if not any(changed):
            break
    for step in (
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.DeduplicateInitializersPass(),
        common.CommonSubexpressionEliminationPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    ):
        step(model)
    if model.functions:
        raise GraphError(f"local functions are left in the graph: {sorted(map(str, model.functions))}; expected none")


def fold_transposes(graph: ir.Graph, parameters: set[str]) -> dict[str, tuple[int, ...]]:
    """Remove each `Transpose` of a parameter that is used in no other way, and say how to store the parameter instead.

    Returns:
        Parameter name to permutation, for the parameters that changed; their graph inputs have the new shape.
    """
    import onnx_ir as ir

    folded: dict[str, tuple[int, ...]] = {}
    for value in [v for v in graph.inputs if v.name in parameters]:
        permutation = _only_permutation(value)
        if permutation is None or value.shape is None:
            continue
        transposes = [use.node for use in value.uses()]
        stored = ir.Value(name=value.name, shape=ir.Shape([value.shape[axis] for axis in permutation]), type=value.type)
        for node in transposes:
            node.outputs[0].replace_all_uses_with(stored)
            graph.remove(node, safe=True)
        graph.inputs[graph.inputs.index(value)] = stored
        folded[str(value.name)] = permutation
    return folded


def _has_one_output(rule: object) -> bool:
    pattern = getattr(getattr(rule, "_matcher", None), "pattern", None)
    return pattern is not None and bool(pattern.has_single_output_node)


def _only_permutation(value: ir.Value) -> tuple[int, ...] | None:
    """The permutation of all transposes of `value`, if it has no other use and they agree."""
    nodes = [use.node for use in value.uses()]
    if not nodes or any(node.op_type != "Transpose" or node.outputs[0].is_graph_output() for node in nodes):
        return None
    permutations = {_permutation(node) for node in nodes}
    return permutations.pop() if len(permutations) == 1 else None


def _permutation(node: ir.Node) -> tuple[int, ...] | None:
    """What a `Transpose` says; `None` where it says nothing, which reverses the axes."""
    attribute = node.attributes.get("perm")
    return None if attribute is None else tuple(attribute.as_ints())
