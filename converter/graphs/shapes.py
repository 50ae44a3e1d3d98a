"""The parameters of components by name and shape, known without a checkpoint and without tracing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.cache import DigestCache
from converter.canonical import canonical_json
from converter.graphs.boxed import boxed_template, key_of
from converter.graphs.component import Component
from converter.installed import require_tracing

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class ShapeStore:
    """Shapes under `folder`: a template is unpacked, or torch asked, once for each component, and then no more."""

    folder: Path

    def get(self, component: Component) -> Shapes:
        """Parameter name to shape, in the order of the module: from the store, or made now and kept.

        Raises:
            GraphError: the torch class refuses the config.
            BoxError: what ships with the package is damaged.
            NotInstalledError: torch must be asked, and is not installed.
        """
        cache, key = DigestCache(self.folder, ".json"), key_of(component)
        data = cache.load(key)
        if data is None:
            data = canonical_json([[name, list(shape)] for name, shape in _shapes_of(component).items()])
            cache.save(key, data)
        return {name: tuple(shape) for name, shape in json.loads(data)}


def _shapes_of(component: Component) -> Shapes:
    boxed = boxed_template(component)
    if boxed is not None:
        return {parameter.source: parameter.source_shape for parameter in boxed.parameters}
    require_tracing(f"{component.kind}: the shapes of an architecture that does not ship with the package")
    from converter.graphs.modules import build_module

    return {name: tuple(parameter.shape) for name, parameter in build_module(component).named_parameters()}
