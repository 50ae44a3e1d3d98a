"""The issue form "Request a model", as data: its fields, and the form in the shape that GitHub reads."""

from dataclasses import dataclass
from enum import StrEnum

from converter.canonical import JsonObject, JsonValue
from converter.registry import PredictionType

TITLE = "Request a model"
REQUEST_LABEL = "request"
"""Of issues made from the form."""


class FieldKind(StrEnum):
    """What a field looks like, in GitHub's words.

    https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
    """

    INPUT = "input"
    TEXTAREA = "textarea"
    DROPDOWN = "dropdown"
    CHECKBOXES = "checkboxes"


class ModelKind(StrEnum):
    """What is requested, as a person says it."""

    DIFFUSION = "Stable Diffusion model"
    CONTROL = "ControlNet"


@dataclass(frozen=True)
class FormField:
    """One question of the form."""

    key: str
    """Its `id`; of an entry's key, the same word."""
    label: str
    """What GitHub makes the heading above the answer."""
    kind: FieldKind
    prose: str
    required: bool = False
    options: tuple[str, ...] = ()
    """Of a drop-down list or of boxes."""
    placeholder: str = ""
    diffusion_only: bool = False
    """Whether a ControlNet has no such thing."""


_PARTS = "One a line, at most 20: a name, a source and, if you like,"

FIELDS = (
    FormField("kind", "Kind of model", FieldKind.DROPDOWN, "What is it?", required=True, options=tuple(ModelKind)),
    FormField(
        "name",
        "Name",
        FieldKind.INPUT,
        "What the release is called: 2 to 64 small letters, digits and hyphens.",
        required=True,
        placeholder="openjourney",
    ),
    FormField(
        "source",
        "Source",
        FieldKind.INPUT,
        "Where the weights are: a repository of the Hugging Face Hub (org/repo), civitai:// with the number in the "
        "download link, or the https:// address of a file.",
        required=True,
        placeholder="huggingface://prompthero/openjourney",
    ),
    FormField(
        "license",
        "Licence",
        FieldKind.INPUT,
        "Its identifier, as the page of the weights shows it.",
        required=True,
        placeholder="creativeml-openrail-m",
    ),
    FormField(
        "label", "Title", FieldKind.INPUT, "What people see in the place of the name.", placeholder="Openjourney"
    ),
    FormField("description", "Description", FieldKind.TEXTAREA, "One paragraph about the model, for its card."),
    FormField("revision", "Revision", FieldKind.INPUT, "A branch, tag or commit, of a repository of the Hub."),
    FormField("sha256", "SHA-256", FieldKind.INPUT, "Of the file, if you know it: 64 hexadecimal digits."),
    FormField(
        "prediction_type",
        "Prediction type",
        FieldKind.DROPDOWN,
        "What the UNet predicts, if the file does not say it (Stable Diffusion 2.x).",
        options=tuple(PredictionType),
        diffusion_only=True,
    ),
    FormField(
        "vae", "Another VAE", FieldKind.INPUT, "A source, in the place of the model's own VAE.", diffusion_only=True
    ),
    FormField(
        "loras",
        "LoRAs",
        FieldKind.TEXTAREA,
        f"{_PARTS} a weight; they are blended in for good.",
        placeholder="watercolour civitai://12345 0.8",
        diffusion_only=True,
    ),
    FormField(
        "inversions",
        "Textual Inversions",
        FieldKind.TEXTAREA,
        f"{_PARTS} the word in a prompt that stands for it; they are added for good.",
        placeholder="goblin huggingface://sd-concepts-library/goblin goblin",
        diffusion_only=True,
    ),
    FormField(
        "consent",
        "Before you send",
        FieldKind.CHECKBOXES,
        "A release is a copy that everybody can download.",
        options=("The licence lets everybody publish these weights in another form.",),
    ),
)
"""In the order of the form."""


def issue_form() -> JsonObject:
    """What the file of the form holds, apart from comments: `.github/ISSUE_TEMPLATE/request-a-model.yml`."""
    return {
        "name": TITLE,
        "description": "A model that should be converted to ONNX and released here.",
        "title": "Request: ",
        "labels": [REQUEST_LABEL],
        "body": [_element(field) for field in FIELDS],
    }


def _element(field: FormField) -> JsonObject:
    attributes: dict[str, JsonValue] = {
        "label": field.label,
        "description": field.prose,
    }
    if field.placeholder:
        attributes["placeholder"] = field.placeholder
    if field.kind is FieldKind.CHECKBOXES:
        attributes["options"] = [{"label": option, "required": True} for option in field.options]
        return {"type": field.kind.value, "id": field.key, "attributes": attributes}
    if field.options:
        attributes["options"] = [str(option) for option in field.options]
    validations: JsonObject = {"required": field.required}
    return {"type": field.kind.value, "id": field.key, "attributes": attributes, "validations": validations}
