"""Does onnx-web find what its blending at run time changes? Its rules, from its `lora.py` and `textual_inversion.py`.

https://github.com/ssube/onnx-web/blob/v0.12.0/api/onnx_web/convert/diffusion/lora.py (MIT): a key of a LoRA is looked
up among the nodes by the end of its name; the weight is the first input whose name has `.weight` or `MatMul` in it.
What it does not find it leaves out with a warning, and the image is not what was asked for. Pure.
"""

from collections.abc import Iterator

from converter.release.contract.facts import Breach, FolderFacts, GraphFacts, Node, listed
from converter.release.contract.lora_targets import lora_targets

TOKEN_TABLE = "text_model.embeddings.token_embedding.weight"  # noqa: S105 - a name of a weight, not a secret
"""Where onnx-web appends the vectors of a Textual Inversion."""

_MARKS = {"Conv": ".weight", "Gemm": ".weight", "MatMul": "MatMul"}
"""In the order in which they are tried: operator to what the name of its weight has in it."""
_BLENDED = ("text_encoder", "text_encoder_2", "unet", "cnet")


def blending_breaches(graph: str, facts: GraphFacts, folder: FolderFacts) -> Iterator[Breach]:
    """Which weights of a text encoder or UNet a LoRA or Textual Inversion would not reach, or would miss."""
    if graph not in _BLENDED:
        return
    if graph.startswith("text_encoder") and TOKEN_TABLE not in facts.weights:
        yield Breach(
            f"{graph}/model.onnx", "no such initializer", f"{TOKEN_TABLE}, which Textual Inversions are appended to"
        )
    config = folder.documents.get(f"{graph}/config.json")
    try:
        targets = list(lora_targets(graph, config))  # type: ignore[arg-type]  # what is no config raises
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        yield Breach(f"{graph}/config.json", f"{type(error).__name__}: {error}", "the config of such a model")
        return
    yield from _target_breaches(graph, facts, targets)
    if folder.architecture.startswith("sdxl"):
        yield from _order_breaches(graph, facts, targets)


def _target_breaches(graph: str, facts: GraphFacts, targets: list[str]) -> Iterator[Breach]:
    nodes = _by_key(facts)
    lost = [f"{target} ({fault})" for target in targets if (fault := _fault(target, nodes, facts)) is not None]
    if lost:
        yield Breach(
            f"{graph}/model.onnx",
            f"{len(lost)} of {len(targets)} targets of a LoRA that onnx-web does not find: {listed(lost)}",
            "all of them by its rules: node /MODULE/Conv, Gemm or MatMul with the weight MODULE.weight, "
            "or onnx::MatMul_MODULE_weight with _ for each dot",
        )


def _fault(target: str, nodes: dict[str, Node], facts: GraphFacts) -> str | None:
    """Why a LoRA does not reach a module."""
    key = _normal(target)
    node = next((nodes[f"{key}_{op}"] for op in _MARKS if f"{key}_{op}" in nodes), None)
    if node is None:
        return "no node has its name"
    mark = _MARKS.get(node.operator)
    if mark is None:
        return f"its node is a {node.operator}"
    weight = next((name for name in node.inputs if mark in name), None)
    # The weight of a MatMul is looked up as it is among names that were normalised, so it must not change by that.
    expected = f"onnx::MatMul_{key}_weight" if node.operator == "MatMul" else f"{target}.weight"
    if weight != expected:
        return f"its node reads {weight or 'no weight'}"
    return None if weight in facts.weights else f"there is no initializer {weight}"


def _order_breaches(graph: str, facts: GraphFacts, targets: list[str]) -> Iterator[Breach]:
    """LoRAs of XL may name modules by the original layout, which onnx-web maps to ours by the order of the nodes."""
    series: dict[str, list[str]] = {}
    for target in targets:
        series.setdefault(_series(target), []).append(f"{_normal(target)}_MatMul")
    names = [_normal(node.name) for node in facts.nodes if node.operator == "MatMul"]
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    for title, expected in series.items():
        wanted = [name for name in expected if name in places]
        found = sorted(wanted, key=places.__getitem__)
        if found != wanted:
            at = next(n for n, (one, other) in enumerate(zip(found, wanted, strict=True)) if one != other)
            yield Breach(f"{graph}/model.onnx: {title}, number {at}", f"node {found[at]}", f"{wanted[at]}, as they run")


def _series(target: str) -> str:
    """Block, and the module in a transformer block: what onnx-web counts by."""
    block, last = target.split(".", maxsplit=1)[0], target.rsplit(".transformer_blocks.", maxsplit=1)[-1]
    inside = last.split(".", maxsplit=1)[-1] if last != target else target.rsplit(".", maxsplit=1)[-1]
    return f"{block}.*.{inside}"


def _by_key(facts: GraphFacts) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in facts.nodes:
        found.setdefault(_normal(node.name), node)
    return found


def _normal(name: str) -> str:
    """onnx-web's `fix_node_name`."""
    return name.replace("/", "_").replace(".", "_").removeprefix("_")
