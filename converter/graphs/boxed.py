"""Templates that ship with the package: those of the known architectures, so that nobody need trace them.

They come before what a machine has traced itself, whatever libraries it has: the same entry gives the same graph
everywhere. `tests/filling` traces them again and compares the bytes.
"""

from importlib.resources import files

from converter.box import Box
from converter.graphs.component import Component
from converter.graphs.template import Template, component_key, template_key

TEMPLATES = Box(files("converter.graphs").joinpath("data", "templates"))


def boxed_template(component: Component) -> Template | None:
    """The template of a component, if it ships with the package.

    Raises:
        BoxError: it is damaged.
    """
    data = TEMPLATES.get(component_key(component))
    return None if data is None else Template.from_onnx(data)


def is_boxed(component: Component) -> bool:
    """Whether the template of a component ships with the package."""
    return TEMPLATES.has(component_key(component))


def key_of(component: Component) -> str:
    """The key of the template of a component: of the one in the box, or of the one that would be traced here."""
    said = TEMPLATES.said(component_key(component))
    return template_key(component) if said is None else str(said["template"])
