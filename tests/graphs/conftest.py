"""The four graphs of the smallest model: traced once a session, bound once a session."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from converter.graphs import ComponentKind, Template, TemplateStore, bind
from tests.support.components import PARTS, component_of, weights_of
from tests.support.sd1_models import pico


@pytest.fixture(scope="session", params=list(PARTS), ids=str)
def kind(request: pytest.FixtureRequest) -> ComponentKind:
    """Each of the four graphs, one after the other."""
    found: ComponentKind = request.param
    return found


@pytest.fixture(scope="session")
def template(kind: ComponentKind, template_store: TemplateStore) -> Template:
    """The smallest model's graph of that kind."""
    return template_store.get(component_of(pico(), kind))


@pytest.fixture(scope="session")
def bound(kind: ComponentKind, template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with that graph and the model's weights. Read only."""
    folder = tmp_path_factory.mktemp("bound") / kind
    bind(template, weights_of(pico(), kind), folder)
    return folder


@pytest.fixture(scope="session")
def small_template(template_store: TemplateStore) -> Template:
    """A graph with parameters of every sort (Linear, Conv, norms), for tests that any graph will do for."""
    return template_store.get(component_of(pico(), ComponentKind.VAE_DECODER))


@dataclass(frozen=True)
class Retraced:
    """A graph that was traced another time, and what the tracer logged."""

    template: Template
    log: str


@pytest.fixture(scope="session")
def with_every_rule(kind: ComponentKind) -> Retraced:
    """The smallest model's graph, traced again and simplified by onnxscript's optimiser with all of its rules."""
    from onnxscript.optimizer import optimize_ir

    return _retraced(kind, "simplify", optimize_ir)


@pytest.fixture(scope="session")
def torchs_own_way(kind: ComponentKind) -> Retraced:
    """The smallest model's graph, traced again with all of torch's export passes."""
    return _retraced(kind, "fast_export", lambda: nullcontext(["torch's own passes"]))


def _retraced(kind: ComponentKind, step: str, replacement: Callable[..., object]) -> Retraced:
    from converter.graphs.trace import trace

    logger, stream = logging.getLogger("converter.graphs.trace"), StringIO()
    handler, level = logging.StreamHandler(stream), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"converter.graphs.trace.{step}", replacement)
            template = trace(component_of(pico(), kind))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return Retraced(template, stream.getvalue())
