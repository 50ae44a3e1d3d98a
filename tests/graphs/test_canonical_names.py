import numpy as np
import onnx_ir as ir
import pytest

from converter.graphs import GraphError, Port, Ports
from converter.graphs import canonical_names as names

SCOPES = "pkg.torch.onnx.name_scopes"
FLOAT = ir.TensorType(ir.DataType.FLOAT)


def value(name: str, *shape: int | str, type_: ir.TensorType = FLOAT) -> ir.Value:
    return ir.Value(name=name, shape=ir.Shape(list(shape)), type=type_)


def graph(inputs: list[ir.Value], nodes: list[ir.Node], outputs: list[ir.Value]) -> ir.Graph:
    return ir.Graph(inputs, outputs, nodes=nodes, opset_imports={"": 18}, name="traced")


def one_node(operator: str, *, attributes: dict[str, ir.Attr] | None = None) -> ir.Graph:
    """`y = operator(timestep)`."""
    timestep, y = value("timestep", 1), value("y", 1)
    node = ir.Node("", operator, [timestep], list((attributes or {}).values()), outputs=[y])
    return graph([timestep], [node], [y])


@pytest.mark.parametrize(
    ("scopes", "path"),
    [
        (["", "down_blocks.0", "down_blocks.0.conv", "conv2d"], "/down_blocks.0/conv"),
        (["", "mid_block", "mid_block.attentions.0", "mid_block.attentions.0.to_out.0", "linear"],
         "/mid_block/attentions.0/to_out.0"),
        (["", "conv_in", "conv_in", "conv2d"], "/conv_in"),
        (["", "add"], ""),
        (["add"], ""),
        ([], ""),
        (["", "_empty_nn_module_stack_from_metadata_hook", "sym_size"], ""),
        # A module that is used from another one's forward: the whole path, as it is no child.
        (["", "a.b", "c.d", "add"], "/a.b/c.d"),
        # `a.b` is not a child of `a.bc`.
        (["", "a.b", "a.bc", "add"], "/a.b/a.bc"),
    ],
)  # fmt: skip
def test_a_module_path_is_written_as_torchscript_wrote_it(scopes: list[str], path: str) -> None:
    assert names.module_path(scopes) == path


def test_a_weight_that_is_stored_as_it_is_keeps_its_name() -> None:
    assert names.stored_name("a.0.b.weight", transposed=False) == "a.0.b.weight"


def test_a_weight_that_is_stored_transposed_has_no_dot_in_its_name() -> None:
    assert names.stored_name("a.0.b.weight", transposed=True) == "onnx::MatMul_a_0_b_weight"


def test_the_second_node_of_one_operator_in_a_module_is_numbered_1() -> None:
    x = value("x", 2)
    nodes = [ir.node("Neg", [x], metadata_props={SCOPES: "['', 'a.0', 'neg']"}) for _ in range(3)]
    names.name_nodes(graph([x], nodes, [nodes[-1].outputs[0]]))
    assert [node.name for node in nodes] == ["/a.0/Neg", "/a.0/Neg_1", "/a.0/Neg_2"]


def test_a_node_without_scopes_is_named_by_its_operator() -> None:
    g = one_node("Neg")
    names.name_nodes(g)
    assert [node.name for node in g] == ["/Neg"]


def test_intermediate_values_are_numbered_in_the_order_of_the_nodes_and_ports_keep_their_names() -> None:
    x = value("x", 2)
    first = ir.node("Neg", [x])
    second = ir.node("Abs", first.outputs)
    last = ir.node("Sqrt", second.outputs)
    last.outputs[0].name = "y"
    g = graph([x], [first, second, last], list(last.outputs))
    names.name_values(g)
    assert [node.outputs[0].name for node in g] == ["value_0", "value_1", "y"]


def test_a_constant_becomes_a_node_at_the_front() -> None:
    x, two = value("x", 2), value("two", 2)
    two.const_value = ir.tensor(np.array([2, 2], np.float32))
    node = ir.node("Mul", [x, two])
    g = graph([x], [node], list(node.outputs))
    g.initializers["two"] = two
    names.constants_to_nodes(g, parameters=set())
    assert not g.initializers
    assert [n.op_type for n in g] == ["Constant", "Mul"]
    assert node.inputs[1] is g[0].outputs[0]
    assert g[0].attributes["value"].as_tensor().numpy().tolist() == [2, 2]


def test_a_parameter_that_is_still_an_initializer_is_refused() -> None:
    g = one_node("Neg")
    g.initializers["w"] = value("w", 2)
    g.initializers["w"].const_value = ir.tensor(np.zeros(2, np.float32))
    with pytest.raises(GraphError, match="initializer 'w' has no value; expected parameters to be graph inputs"):
        names.constants_to_nodes(g, parameters={"w"})


def test_a_constant_as_large_as_a_weight_is_refused() -> None:
    g = one_node("Neg")
    g.initializers["big"] = value("big", 200, 200)
    g.initializers["big"].const_value = ir.tensor(np.zeros((200, 200), np.float32))
    with pytest.raises(GraphError, match="constant 'big' has 40,000 elements, expected at most 20,000"):
        names.constants_to_nodes(g, parameters=set())


def test_metadata_comments_and_inferred_types_go() -> None:
    x = value("x", 2)
    first = ir.node("Neg", [x], metadata_props={SCOPES: "[]"}, doc_string="in /home/me/x.py")
    first.outputs[0].shape, first.outputs[0].type = ir.Shape([2]), FLOAT
    first.outputs[0].metadata_props["k"] = "v"
    last = ir.node("Abs", first.outputs)
    x.metadata_props["k"] = "v"
    g = graph([x], [first, last], list(last.outputs))
    g.doc_string = "traced"
    model = ir.Model(g, ir_version=10, producer_name="pytorch", producer_version="2", doc_string="d")
    model.metadata_props["k"] = "v"
    names.strip_metadata(model)
    assert not any((x.metadata_props, first.metadata_props, first.doc_string, first.outputs[0].metadata_props))
    assert first.outputs[0].shape is None
    assert first.outputs[0].type is None
    assert g.name == "main_graph"
    assert not any((g.doc_string, model.doc_string, model.metadata_props))
    assert (model.producer_name, model.producer_version, model.ir_version) == ("onnx-registry", None, 8)


def test_a_timestep_that_is_used_in_another_way_than_expanded_is_refused() -> None:
    ports = Ports((Port("timestep", "float32", ()),), (Port("y", "float32", (1,)),))
    with pytest.raises(GraphError, match=r"the timestep is used by \['Neg'\], expected Expand alone"):
        names.declare_ports(one_node("Neg"), ports)


def test_an_output_of_another_name_is_refused() -> None:
    ports = Ports((Port("timestep", "float32", ()),), (Port("z", "float32", (1,)),))
    with pytest.raises(GraphError, match=r"has ports \['y'\], expected \['z'\]"):
        names.declare_ports(one_node("Expand"), ports)


def test_an_output_of_another_size_is_refused() -> None:
    ports = Ports((Port("timestep", "float32", ()),), (Port("y", "float32", (3,)),))
    with pytest.raises(GraphError, match="port 'y' was traced as"):
        names.declare_ports(one_node("Expand"), ports)


def test_an_input_of_another_dtype_is_refused() -> None:
    ports = Ports((Port("timestep", "int32", ()),), (Port("y", "float32", (1,)),))
    with pytest.raises(GraphError, match=r"port 'timestep' was traced as .*, expected int32"):
        names.declare_ports(one_node("Expand"), ports)


def test_declared_axes_have_the_names_of_the_ports() -> None:
    g = one_node("Expand")
    g.outputs[0].shape = ir.Shape(["s0", 4])
    names.declare_ports(g, Ports((Port("timestep", "float32", ()),), (Port("y", "float32", ("height / 8", 4)),)))
    assert [str(value.shape) for value in (g.inputs[0], g.outputs[0])] == ["[]", "[height / 8,4]"]
