"""What becomes a release of its own: a model, or a ControlNet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from converter.canonical import JsonObject
from converter.inspection.faults import Fault, NotChecked, faults_of
from converter.inspection.inspected import Inspected, inspected
from converter.inspection.looks import Looked
from converter.models import Model, StateDict, open_controlnet, open_model
from converter.needs import Needs, needs_of
from converter.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class ConvertibleInspection(Inspected):
    """What a model and a ControlNet have in common."""

    architecture: str
    title: str
    """The same as a person says it."""
    layout: str
    parameters: int
    dtypes: Mapping[str, Mapping[str, int]]
    """Component to safetensors dtype to number of tensors that are used."""
    needs: Needs
    leftovers: tuple[str, ...]
    """Keys of training that are not converted."""
    faults: tuple[str, ...]
    """What would stop the conversion."""
    unchecked: tuple[str, ...]
    """Components that were not compared with their graphs, which are not traced yet."""

    @property
    def templates_ready(self) -> bool:
        """Whether its graphs are in the template store."""
        return not self.unchecked

    def to_json(self) -> JsonObject:
        """The same as a JSON object."""
        return {**super().to_json(), "templates_ready": self.templates_ready}


@dataclass(frozen=True, kw_only=True)
class ModelInspection(ConvertibleInspection):
    """What is known about a model from its headers and configs."""

    kind: ClassVar[str] = "model"

    prediction_type: str | None
    """What the UNet predicts."""
    zero_terminal_snr: bool
    """Whether its noise schedule ends without signal."""


@dataclass(frozen=True, kw_only=True)
class ControlNetInspection(ConvertibleInspection):
    """What is known about a ControlNet from its header and config."""

    kind: ClassVar[str] = "controlnet"

    hint_channels: int
    """Of the image that it takes beside the text."""


def inspect_model(found: Looked, workshop: Workshop) -> ModelInspection:
    """Recognise a model.

    Raises:
        ModelError: it is none.
        WeightsError: a weight file is damaged.
    """
    with open_model(found.files, workshop.key_maps) as model:
        return describe_model(found, model, workshop)


def describe_model(found: Looked, model: Model, workshop: Workshop) -> ModelInspection:
    """What is known about a model that is open."""
    prediction = model.prediction
    return ModelInspection(
        **_common(found, model, workshop),
        prediction_type=prediction.prediction_type if prediction else None,
        zero_terminal_snr=prediction is not None and prediction.zero_terminal_snr,
    )


def inspect_controlnet(found: Looked, workshop: Workshop) -> ControlNetInspection:
    """Recognise a ControlNet.

    Raises:
        ModelError: it is none.
        WeightsError: a weight file is damaged.
    """
    with open_controlnet(found.files, workshop.key_maps) as model:
        return describe_controlnet(found, model, workshop)


def describe_controlnet(found: Looked, model: Model, workshop: Workshop) -> ControlNetInspection:
    """What is known about a ControlNet that is open."""
    hints = int(str(model.graph_configs["controlnet"]["conditioning_channels"]))
    return ControlNetInspection(**_common(found, model, workshop), hint_channels=hints)


def dtypes_of(state: StateDict) -> dict[str, int]:
    """Safetensors dtype to number of tensors that are used."""
    counted = Counter(ref.file.info(ref.key).dtype for ref in state.refs.values())
    return dict(sorted(counted.items()))


def _common(found: Looked, model: Model, workshop: Workshop) -> dict[str, Any]:
    """The fields of `ConvertibleInspection`."""
    checks = faults_of(model, workshop.templates)
    return {
        **vars(inspected(found, model.files)),
        "architecture": model.architecture,
        "title": model.title,
        "layout": model.layout,
        "parameters": model.parameters,
        "dtypes": {part: dtypes_of(state) for part, state in model.state_dicts.items()},
        "needs": needs_of(model, found.look.download_bytes),
        "leftovers": model.leftovers,
        "faults": tuple(check.message for check in checks if isinstance(check, Fault)),
        "unchecked": tuple(check.component for check in checks if isinstance(check, NotChecked)),
    }
