"""Trace the graphs of a family at its real size into a fresh store, and print seconds and memory of each as JSON.

python -m tests.bench.trace_templates FAMILY FOLDER
"""

import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from converter.graphs import Component, ComponentKind, TemplateStore
from converter.models import KeyMaps, open_model
from tests.support.family import full, write_sparse
from tests.support.family.original import original_tensors


def main(family: str, folder: Path) -> None:
    components = _components(family)
    store, seconds = TemplateStore(folder), {}
    started = time.monotonic()
    # Importing torch and diffusers is part of a cold start, and belongs to no component.
    import diffusers  # noqa: F401
    import transformers  # noqa: F401

    seconds["imports"] = time.monotonic() - started
    for component in components:
        started = time.monotonic()
        template = store.get(component)
        seconds[f"{component.kind} ({template.nodes} nodes)"] = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "resident_bytes": peak}))


def _components(family: str) -> list[Component]:
    """As the converter reads them off a checkpoint, here one of zeros that takes no room."""
    with TemporaryDirectory() as folder:
        path = write_sparse(Path(folder) / "zeros.safetensors", original_tensors(full(family)))
        with open_model(path, KeyMaps(Path(folder))) as model:
            graphs = {name: model.graph(name) for name in model.graphs}
    return [Component(ComponentKind(name), graph.config, graph.pooled_width) for name, graph in graphs.items()]


main(sys.argv[1], Path(sys.argv[2]))
