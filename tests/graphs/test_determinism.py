"""The same component gives the same bytes: in another process, and in one that has traced before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from converter.graphs import ComponentKind, Template, TemplateStore
from tests.graphs.conftest import Retraced
from tests.support.components import component_of
from tests.support.sd1_models import pico

pytestmark = pytest.mark.slow

# The graph with the most nodes, and the one that comes from another library.
KINDS = (ComponentKind.UNET, ComponentKind.TEXT_ENCODER)
SCRIPT = """
import sys
from pathlib import Path
from converter.graphs import ComponentKind, TemplateStore
from tests.support.components import component_of
from tests.support.sd1_models import pico

store = TemplateStore(Path(sys.argv[1]))
for kind in sys.argv[2:]:
    store.get(component_of(pico(), ComponentKind(kind)))
"""


@pytest.fixture(scope="module")
def of_another_process(tmp_path_factory: pytest.TempPathFactory) -> TemplateStore:
    """A store that a process with another order of hashes filled, in another folder."""
    folder = tmp_path_factory.mktemp("another") / "templates"
    subprocess.run(
        [sys.executable, "-c", SCRIPT, folder, *KINDS],
        check=True,
        cwd=Path.cwd(),
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(Path.cwd())},
    )
    return TemplateStore(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_another_process_traces_the_same_bytes(
    template_store: TemplateStore, of_another_process: TemplateStore, kind: ComponentKind
) -> None:
    component = component_of(pico(), kind)
    ours = template_store.get(component)
    assert of_another_process.has(component)
    assert of_another_process.get(component).to_onnx() == ours.to_onnx()


def test_tracing_again_gives_the_same_bytes(template: Template, with_every_rule: Retraced) -> None:
    assert with_every_rule.template.to_onnx() == template.to_onnx()
