"""Graph templates made by hand, for what needs parameters of some shape and no real graph."""

from collections.abc import Sequence

from converter.graphs import Parameter, Template


def tiny_template(parameters: Sequence[Parameter]) -> Template:
    """The graph `y = -x`, with parameters that it does not use."""
    from onnx import helper

    return _template(parameters, helper.make_node("Neg", ["x"], ["y"], name="/Neg"))


def adding_template(parameter: Parameter) -> Template:
    """The graph `y = x + parameter`, the parameter being of shape (2,)."""
    from onnx import helper

    return _template([parameter], helper.make_node("Add", ["x", parameter.name], ["y"], name="/Add"))


def _template(parameters: Sequence[Parameter], node: object) -> Template:
    from onnx import TensorProto, helper

    def port(name: str, shape: Sequence[int]) -> object:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    inputs = [port("x", [2]), *(port(parameter.name, parameter.shape) for parameter in parameters)]
    graph = helper.make_graph([node], "main_graph", inputs, [port("y", [2])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return Template("0" * 64, model.SerializeToString(), tuple(parameters), 1, {})


def as_it_is(name: str, *shape: int) -> Parameter:
    """A parameter that is stored as the state dict has it."""
    return Parameter(name, name, shape, None)


def turned(name: str, *source_shape: int, permutation: tuple[int, ...] = (1, 0)) -> Parameter:
    """A parameter that is stored with its axes in another order."""
    return Parameter(f"onnx::{name}", name, tuple(source_shape[axis] for axis in permutation), permutation)
