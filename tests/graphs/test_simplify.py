import onnx_ir as ir
import onnxscript
import pytest
from onnxscript import opset18 as op
from onnxscript import rewriter
from onnxscript.rewriter import pattern

from converter.graphs import Template
from converter.graphs.simplify import _has_one_output, _OnItsOperator, fold_transposes, simplify
from tests.graphs.conftest import Retraced

pytestmark = pytest.mark.slow

FLOAT = ir.TensorType(ir.DataType.FLOAT)


def weight(*shape: int) -> ir.Value:
    return ir.Value(name="w", shape=ir.Shape(shape), type=FLOAT)


def transposed(value: ir.Value, *permutation: int) -> ir.Node:
    return ir.node("Transpose", [value], {"perm": list(permutation)})


def graph(w: ir.Value, *nodes: ir.Node, outputs: list[ir.Value] | None = None) -> ir.Graph:
    return ir.Graph([w], outputs or list(nodes[-1].outputs), nodes=nodes, opset_imports={"": 18})


def model_of(function: onnxscript.OnnxFunction) -> ir.Model:
    model: ir.Model = ir.from_proto(function.to_model_proto())
    return model


def test_the_rules_that_are_left_out_change_nothing(template: Template, with_every_rule: Retraced) -> None:
    assert template.graph == with_every_rule.template.graph


def test_a_rule_is_tried_on_the_operator_that_its_pattern_ends_in_alone() -> None:
    asked = []

    class Asked(pattern.RewriteRule):  # type: ignore[misc]  # onnxscript ships no types
        def try_rewrite(self, model: object, graph: object, node: ir.Node, **options: object) -> None:
            asked.append(node.op_type)

    x = ir.Value(name="x", shape=ir.Shape([2]), type=FLOAT)
    nodes = [ir.node("Neg", [x]), ir.node("Abs", [x])]
    model = ir.Model(graph(x, *nodes), ir_version=8)
    rule = _OnItsOperator(Asked(lambda op, x: op.Abs(x), lambda _op, x: x))
    pattern.RewriteRuleSet([rule]).apply_to_model(model)
    assert asked == ["Abs"]


def test_a_rule_whose_pattern_ends_in_one_of_several_operators_is_tried_on_all() -> None:
    rules = [_OnItsOperator(rule) for rule in rewriter._DEFAULT_REWRITE_RULES if _has_one_output(rule)]
    assert {rule.operator is None for rule in rules} == {False, True}
    for rule in rules:
        if rule.operator is not None:
            assert str(rule.rule._matcher.pattern.output_node.op) == rule.operator


def test_constants_are_folded() -> None:
    @onnxscript.script(default_opset=op)  # type: ignore[untyped-decorator]  # onnxscript ships no types
    def add_two(x: onnxscript.FLOAT[2]) -> onnxscript.FLOAT[2]:
        one = op.Constant(value_float=1.0)
        return op.Add(x, op.Add(one, one))

    model = model_of(add_two)
    simplify(model)
    assert [node.op_type for node in model.graph] == ["Add"]
    assert [tensor.const_value.numpy().tolist() for tensor in model.graph.initializers.values()] == [2.0]  # type: ignore[union-attr]


def test_what_is_computed_twice_is_computed_once() -> None:
    @onnxscript.script(default_opset=op)  # type: ignore[untyped-decorator]  # onnxscript ships no types
    def twice(x: onnxscript.FLOAT[2]) -> onnxscript.FLOAT[2]:
        return op.Mul(op.Erf(x), op.Erf(x))

    model = model_of(twice)
    simplify(model)
    assert [node.op_type for node in model.graph] == ["Erf", "Mul"]


def test_a_node_that_nothing_uses_goes() -> None:
    x = ir.Value(name="x", shape=ir.Shape([2]), type=FLOAT)
    used, unused = ir.node("Neg", [x]), ir.node("Abs", [x])
    model = ir.Model(graph(x, unused, used), ir_version=8)
    simplify(model)
    assert [node.op_type for node in model.graph] == ["Neg"]


def test_a_weight_that_is_only_transposed_is_stored_transposed() -> None:
    w = weight(3, 2)
    turn = transposed(w, 1, 0)
    use = ir.node("Neg", turn.outputs)
    g = graph(w, turn, use)
    assert fold_transposes(g, {"w"}) == {"w": (1, 0)}
    assert [node.op_type for node in g] == ["Neg"]
    assert g.inputs[0].name == "w"
    assert g.inputs[0].shape == ir.Shape([2, 3])
    assert use.inputs[0] is g.inputs[0]


def test_equal_transposes_of_one_weight_are_folded_together() -> None:
    w = weight(3, 2)
    first, second = transposed(w, 1, 0), transposed(w, 1, 0)
    g = graph(w, first, second, ir.node("Add", [first.outputs[0], second.outputs[0]]))
    assert fold_transposes(g, {"w"}) == {"w": (1, 0)}
    assert [node.op_type for node in g] == ["Add"]


def test_a_permutation_of_four_axes_is_kept_as_it_is() -> None:
    w = weight(2, 3, 4, 5)
    turn = transposed(w, 2, 3, 1, 0)
    g = graph(w, turn, ir.node("Neg", turn.outputs))
    assert fold_transposes(g, {"w"}) == {"w": (2, 3, 1, 0)}
    assert g.inputs[0].shape == ir.Shape([4, 5, 3, 2])


def test_a_weight_that_is_also_used_as_it_is_stays() -> None:
    w = weight(2, 2)
    turn = transposed(w, 1, 0)
    g = graph(w, turn, ir.node("MatMul", [w, turn.outputs[0]]))
    assert fold_transposes(g, {"w"}) == {}
    assert [node.op_type for node in g] == ["Transpose", "MatMul"]


def test_a_weight_that_is_transposed_in_two_ways_stays() -> None:
    w = weight(2, 2, 2)
    first, second = transposed(w, 1, 0, 2), transposed(w, 2, 1, 0)
    g = graph(w, first, second, ir.node("Add", [first.outputs[0], second.outputs[0]]))
    assert fold_transposes(g, {"w"}) == {}


def test_a_transpose_that_is_an_output_stays() -> None:
    w = weight(3, 2)
    turn = transposed(w, 1, 0)
    assert fold_transposes(graph(w, turn), {"w"}) == {}


def test_a_real_input_that_is_transposed_stays() -> None:
    x = weight(3, 2)
    turn = transposed(x, 1, 0)
    assert fold_transposes(graph(x, turn, ir.node("Neg", turn.outputs)), parameters={"other"}) == {}


def test_a_transpose_that_does_not_say_its_permutation_stays() -> None:
    w = weight(3, 2)
    turn = ir.node("Transpose", [w])
    assert fold_transposes(graph(w, turn, ir.node("Neg", turn.outputs)), {"w"}) == {}
