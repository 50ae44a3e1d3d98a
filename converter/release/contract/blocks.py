"""Linear layers in 8 bits: what runtimes with a kernel for them agree on. Pure.

https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits (MIT).
"""

from collections.abc import Iterator

from converter.release.contract.facts import Breach, GraphFacts, Node

OPERATOR = "MatMulNBits"
BITS, BLOCK_SIZE = 8, 32
_ENDINGS = ("_int8", "_int8_scales")


def block_breaches(graph: str, facts: GraphFacts) -> Iterator[Breach]:
    """What a runtime would refuse, or compute otherwise, of a graph that says that it is in 8 bits."""
    nodes = [node for node in facts.nodes if node.operator == OPERATOR]
    if not nodes:
        yield Breach(f"{graph}/model.onnx", f"no {OPERATOR}", "one for each linear layer of a graph in int8")
    for node in nodes:
        yield from _node_breaches(f"{graph}/model.onnx: {node.name}", node, facts)


def _node_breaches(path: str, node: Node, facts: GraphFacts) -> Iterator[Breach]:
    found = dict(node.whole_numbers)
    rows, columns = found.get("N", 0), found.get("K", 0)
    # An accuracy_level would let the CPU round the activations to 8 bits, too.
    expected = {"K": columns, "N": rows, "bits": BITS, "block_size": BLOCK_SIZE}
    if found != expected:
        yield Breach(f"{path}: attributes", str(found), str(expected))
    names = node.inputs[1:]
    stem = names[0].removesuffix(_ENDINGS[0]) if names else ""
    if names != tuple(f"{stem}{ending}" for ending in _ENDINGS):
        yield Breach(f"{path}: inputs", str(list(names)), "NAME_int8 and NAME_int8_scales; the zero point is 128")
        return
    blocks = -(-columns // BLOCK_SIZE)
    for name, wanted in zip(names, (("uint8", (rows, blocks, BLOCK_SIZE)), ("float16", (rows, blocks))), strict=True):
        has = (facts.dtypes.get(name), facts.weights.get(name))
        if has != wanted:
            yield Breach(f"{path}: {name}", f"{has[0]} {has[1]}", f"{wanted[0]} {wanted[1]}")
