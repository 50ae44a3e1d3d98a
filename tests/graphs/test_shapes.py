"""Shapes of components that are known without a checkpoint, and kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from converter.graphs import ComponentKind, ShapeStore, TemplateStore, require_match
from tests.support.command_line import environment
from tests.support.components import component_of
from tests.support.sd1_models import pico


@pytest.mark.parametrize("kind", [ComponentKind.TEXT_ENCODER, ComponentKind.UNET])
def test_they_are_the_parameters_of_the_graph(
    kind: ComponentKind, tmp_path: Path, template_store: TemplateStore
) -> None:
    component = component_of(pico(), kind)

    shapes = ShapeStore(tmp_path).get(component)

    require_match(template_store.get(component), shapes, kind)


def test_what_was_kept_is_read_without_torch(tmp_path: Path) -> None:
    component = component_of(pico(), ComponentKind.TEXT_ENCODER)
    made = ShapeStore(tmp_path).get(component)
    program = (
        "import sys; from pathlib import Path\n"
        "from converter.graphs import Component, ComponentKind, ShapeStore\n"
        f"shapes = ShapeStore(Path({str(tmp_path)!r})).get("
        f"Component(ComponentKind.TEXT_ENCODER, {dict(component.config)!r}))\n"
        "print(len(shapes), 'torch' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True)

    assert ran.stdout == f"{len(made)} False\n"


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    component = component_of(pico(), ComponentKind.TEXT_ENCODER)
    made = ShapeStore(tmp_path).get(component)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"[]")

    assert ShapeStore(tmp_path).get(component) == made
