"""The form of a graph: its versions, whose operators it uses, and how constants and weights are kept. Pure."""

import re
from collections.abc import Iterator

from converter.release.contract.facts import Breach, GraphFacts, listed
from converter.release.contract.levels import Level
from converter.release.contract.ports import STAYS_FLOAT32

IR_VERSION = 8
"""onnxruntime 1.16.3, which onnx-web pins, reads up to 9."""
OPSET = 18
"""The same reads up to 19; 20 is refused."""
_WEIGHT = re.compile(r"onnx::MatMul_\w+_weight|[a-z]\w*(\.\w+)*\.(weight|bias)")
_WEIGHT_OR_BLOCKS = re.compile(rf"{_WEIGHT.pattern}|onnx::MatMul_\w+_weight_int8(_scales)?")


def form_breaches(graph: str, facts: GraphFacts, level: Level) -> Iterator[Breach]:
    """What older runtimes would refuse, or what a client would trip over."""
    path = f"{graph}/model.onnx"
    if facts.ir_version != IR_VERSION:
        yield Breach(path, f"IR version {facts.ir_version}", f"{IR_VERSION}; onnxruntime 1.16.3 reads none above 9")
    if facts.opsets.get("") != OPSET:
        yield Breach(path, f"opset {facts.opsets.get('')}", f"{OPSET}; onnxruntime 1.16.3 reads none above 19")
    yield from _domain_breaches(path, facts, level)
    if facts.functions:
        yield Breach(path, f"local functions {listed(list(facts.functions))}", "none; older runtimes inline them badly")
    if facts.annotated:
        yield Breach(path, f"types or metadata on {listed(list(facts.annotated))}", "none but on inputs and outputs")
    if level.blends or level.in_blocks:
        yield from _weight_breaches(path, facts, _WEIGHT_OR_BLOCKS if level.in_blocks else _WEIGHT)
    yield from _timestep_breaches(path, facts)


def _domain_breaches(path: str, facts: GraphFacts, level: Level) -> Iterator[Breach]:
    used = {node.domain: node for node in reversed(facts.nodes) if node.domain not in level.domains}
    for domain, node in sorted(used.items()):
        yield Breach(f"{path}: {node.name}", f"{node.operator} of {domain}", _allowed(level))
    for domain in sorted(facts.opsets.keys() - level.domains - used.keys()):
        yield Breach(path, f"operators of {domain} imported", _allowed(level))


def _allowed(level: Level) -> str:
    more = sorted(level.domains - {""})
    return f"standard operators{' or those of ' + ', '.join(more) if more else ' only, which every runtime has'}"


def _weight_breaches(path: str, facts: GraphFacts, form: re.Pattern[str]) -> Iterator[Breach]:
    """A constant among the initializers would be made external data by onnx-web, where shape inference fails."""
    odd = [name for name in facts.weights if not form.fullmatch(name)]
    if odd:
        yield Breach(
            path,
            f"initializers {listed(odd)}",
            "parameters only, as MODULE.weight, MODULE.bias or onnx::MatMul_MODULE_weight; constants are nodes",
        )


def _timestep_breaches(path: str, facts: GraphFacts) -> Iterator[Breach]:
    """Anything but Expand would fix the rank, and clients feed (), [1] and [batch]."""
    readers = {node.operator: node for node in reversed(facts.nodes) if STAYS_FLOAT32 in node.inputs}
    for operator, node in sorted(readers.items()):
        if operator != "Expand":
            yield Breach(f"{path}: {node.name}", f"{operator} of the timestep", "Expand only, which takes any rank")
