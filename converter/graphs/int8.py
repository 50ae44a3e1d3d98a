"""The 8-bit variant of a float16 template: its linear layers read blocks of whole numbers, and nothing else changes.

Measured on onnxruntime's CPU with the tiny random UNets of the tests, the worse of two shapes: in float16 Stable
Diffusion 1.x has 66.0 dB, 2.x 67.3 and XL 63.1; with linear layers in 8 bits 49.2, 46.1 and 40.3. With convolutions in
8 bits too, a scale for each channel, it is 40.6, 40.7 and 37.6: the gate of 40 dB refuses it or nearly does, so they
stay float16. Linear layers in 4 bits have 18.0 to 25.0 dB there, and 19.5 dB in the text encoders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from converter.canonical import digest_of
from converter.graphs.checked import require_valid
from converter.graphs.component import UNETS, ComponentKind
from converter.graphs.errors import GraphError
from converter.graphs.template import Parameter, Template
from converter.weights import BLOCK_SIZE

if TYPE_CHECKING:
    import onnx

INT8_FORMAT = 1
"""Raised when this pass makes another graph of the same template."""

INT8_KINDS = (ComponentKind.TEXT_ENCODER, ComponentKind.TEXT_ENCODER_2, *UNETS)
"""What has transformers. A VAE has four linear layers beside its convolutions, and is what it is in float16."""

DOMAIN = "com.microsoft"
OPERATOR = "MatMulNBits"
"""https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits"""
MINIMUM_ONNXRUNTIME = "1.23"
"""1.20 and 1.21 refuse the operator with 8 bits as they load a graph, 1.22 fails as it runs it on the CPU."""
_ENDING = "_int8"
_TRANSFORMERS = (".attentions.", ".encoder.layers.")
"""In the names of what is inside one: of UNets with the projections around it, and of text encoders."""


def int8_key(template_key: str) -> str:
    """SHA-256 of what determines the variant: the float16 template's key, the block size and `INT8_FORMAT`."""
    return digest_of({"int8": INT8_FORMAT, "template": template_key, "block_size": BLOCK_SIZE})


def is_in_blocks(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a parameter of such a component is stored in 8 bits, by its name and shape in the state dict.

    It is the weight of a linear layer of a transformer, `(N, K)`. The layers that take the timestep and the sizes stay
    float16, as embeddings do, which are looked up, and convolutions.
    """
    return len(shape) == 2 and shape[1] % BLOCK_SIZE == 0 and any(place in name for place in _TRANSFORMERS)


def in_int8(template: Template) -> Template:
    """The same graph with `MatMulNBits` in place of each `MatMul` by a weight, under the same name.

    Before: a float16 template, in which such a weight is stored turned and only multiplied with. After: it is one
    parameter in blocks, as the state dict has it, `(N, K)`; every other node, value and parameter is what it was.

    Raises:
        GraphError: such a weight is stored or read in another way, or the result is no valid ONNX model.
    """
    import onnx

    model = onnx.ModelProto.FromString(template.graph)
    chosen = {parameter.name: parameter for parameter in template.parameters if _is_chosen(parameter)}
    stored = {name: _in_blocks(parameter) for name, parameter in chosen.items()}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in stored:
                _require_linear(node, place)
                _rewrite(node, stored[name])
    _declare(model.graph, stored)
    # A fused template has it already.
    if stored and all(opset.domain != DOMAIN for opset in model.opset_import):
        model.opset_import.add(domain=DOMAIN, version=1)
    return replace(
        template,
        key=int8_key(template.key),
        graph=_checked(model, template),
        parameters=tuple(stored.get(parameter.name, parameter) for parameter in template.parameters),
    )


def _is_chosen(parameter: Parameter) -> bool:
    if not is_in_blocks(parameter.source, parameter.source_shape):
        return False
    if (parameter.permutation, parameter.dtype) != ((1, 0), "float16"):
        raise GraphError(
            f"{parameter.source} is stored in {parameter.dtype} with the axes {parameter.permutation}, expected a "
            "linear layer's weight in float16, turned; report this"
        )
    return True


def _in_blocks(parameter: Parameter) -> Parameter:
    name = f"{parameter.name}{_ENDING}"
    return replace(parameter, name=name, shape=parameter.source_shape, permutation=None, blocks=BLOCK_SIZE)


def _require_linear(node: onnx.NodeProto, place: int) -> None:
    if (node.op_type, node.domain, place) != ("MatMul", "", 1):
        raise GraphError(
            f"{node.name}: input {place} of a {node.op_type} is a weight that is stored turned, expected it to be the "
            "second of a MatMul; report this"
        )


def _rewrite(node: onnx.NodeProto, weight: Parameter) -> None:
    from onnx.helper import make_attribute

    rows, columns = weight.shape
    node.op_type, node.domain = OPERATOR, DOMAIN
    node.input[1] = weight.name
    node.input.append(weight.scales_name)
    said = {"K": columns, "N": rows, "bits": 8, "block_size": BLOCK_SIZE}
    node.attribute.extend(make_attribute(name, value) for name, value in said.items())


def _declare(graph: onnx.GraphProto, stored: dict[str, Parameter]) -> None:
    """Each open parameter is a graph input; one in blocks is two, one behind the other."""
    from onnx import TensorProto
    from onnx.helper import make_tensor_value_info

    inputs = []
    for value in graph.input:
        parameter = stored.get(value.name)
        if parameter is None:
            inputs.append(value)
            continue
        rows, columns = parameter.shape
        scales = [rows, columns // BLOCK_SIZE]
        inputs.append(make_tensor_value_info(parameter.name, TensorProto.UINT8, [*scales, BLOCK_SIZE]))
        inputs.append(make_tensor_value_info(parameter.scales_name, TensorProto.FLOAT16, scales))
    del graph.input[:]
    graph.input.extend(inputs)


def _checked(model: onnx.ModelProto, before: Template) -> bytes:
    """The graph's bytes, if it is valid; `before` knows the types of what an operator puts out that ONNX does not."""
    import onnx

    typed = onnx.shape_inference.infer_shapes(onnx.ModelProto.FromString(before.graph), strict_mode=True)
    made = {node.output[0] for node in model.graph.node if node.op_type == OPERATOR}
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    copy.graph.value_info.extend(value for value in typed.graph.value_info if value.name in made)
    require_valid(copy, "the graph in 8 bits")
    data: bytes = model.SerializeToString(deterministic=True)
    return data
