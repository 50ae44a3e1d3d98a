"""Trace the graphs of a family, at its real size or a tiny one, and print seconds and memory as JSON.

python -m tests.bench.trace_templates FAMILY FOLDER [tiny]

Those of the real size ship with the package; they are traced all the same, and kept nowhere. Others go to a template
store in FOLDER, where the conversions that follow find them.
"""

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from converter.cli.step_clock import peak_bytes
from converter.graphs import Component, ComponentKind, Template, TemplateStore, is_boxed
from converter.graphs.trace import trace
from converter.models import KeyMaps, open_model
from tests.support.family import FamilyModel, full, tiny, write_sparse
from tests.support.family.original import original_tensors


def main(model: FamilyModel, folder: Path) -> None:
    store, seconds = TemplateStore(folder), {}
    for component in _components(model):
        started = time.monotonic()
        template = _traced(store, component)
        seconds[f"{component.kind} ({template.nodes} nodes)"] = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "resident_bytes": peak_bytes()}))


def _traced(store: TemplateStore, component: Component) -> Template:
    return trace(component) if is_boxed(component) else store.get(component)


def _components(model: FamilyModel) -> list[Component]:
    """As the converter reads them off a checkpoint, here one of zeros that takes no room."""
    with TemporaryDirectory() as folder:
        path = write_sparse(Path(folder) / "zeros.safetensors", original_tensors(model))
        with open_model(path, KeyMaps(Path(folder))) as opened:
            graphs = {name: opened.graph(name) for name in opened.graphs}
    return [Component(ComponentKind(name), graph.config, graph.pooled_width) for name, graph in graphs.items()]


main((tiny if sys.argv[3:] == ["tiny"] else full)(sys.argv[1]), Path(sys.argv[2]))
