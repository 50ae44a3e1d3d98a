"""Bodies of issues as GitHub makes them from the form."""

from collections.abc import Mapping

from converter.request import FIELDS, FieldKind

GOOD = {
    "kind": "Stable Diffusion model",
    "name": "gamma",
    "source": "huggingface://org/gamma",
    "license": "creativeml-openrail-m",
}


def body_of(answers: Mapping[str, str]) -> str:
    """Each field of the form with its answer, in the order of the form, and all boxes ticked."""
    return "\n\n".join(f"### {field.label}\n\n{answers.get(field.key) or _default(field.kind)}" for field in FIELDS)


def _default(kind: FieldKind) -> str:
    return "- [X] The licence lets everybody do it." if kind is FieldKind.CHECKBOXES else "_No response_"
