"""Look at a source without converting it: what is it, would it convert, and what would that take?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from converter.canonical import JsonObject
from converter.convert import Workshop
from converter.graphs import Component, ComponentKind
from converter.models import Model, open_model
from converter.progress import Report, silent
from converter.registry import Source

_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class Inspection:
    """What is known about a model from its headers and configs."""

    source: str
    architecture: str
    layout: str
    parameters: int
    dtypes: Mapping[str, int]
    """safetensors dtype to number of tensors."""
    size_bytes: int
    """Of the weight files."""
    release_bytes: int
    """Of the weights that the release would have, in float32."""
    leftovers: tuple[str, ...]
    """Keys of training that are not converted."""
    templates_ready: bool
    """Whether its graphs are in the template store."""

    def to_json(self) -> JsonObject:
        """The same as a JSON object."""
        return {**asdict(self), "leftovers": list(self.leftovers)}


def inspect_source(source: Source, workshop: Workshop, *, report: Report = silent) -> Inspection:
    """Recognise the model that a source names.

    Raises:
        ConverterError: it is not there, damaged, or not what this version builds.
    """
    fetched = workshop.fetch(source, report=report)
    with open_model(fetched.path, workshop.key_maps) as model:
        return Inspection(
            source=fetched.uri if fetched.commit is None else f"{fetched.uri} at commit {fetched.commit}",
            architecture=model.architecture,
            layout=model.layout,
            parameters=model.parameters,
            dtypes=dict(model.dtypes),
            size_bytes=model.size_bytes,
            release_bytes=model.parameters * _FLOAT32_BYTES,
            leftovers=model.leftovers,
            templates_ready=_templates_ready(model, workshop),
        )


def _templates_ready(model: Model, workshop: Workshop) -> bool:
    return all(workshop.templates.has(Component(kind, model.graph(kind)[0])) for kind in ComponentKind)
