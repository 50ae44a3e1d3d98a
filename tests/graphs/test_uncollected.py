import gc

import pytest

from converter.graphs import ComponentKind
from converter.graphs import trace as tracing
from converter.graphs.errors import GraphError
from converter.graphs.uncollected import uncollected
from tests.support.components import component_of
from tests.support.sd1_models import pico


def test_nothing_is_collected_until_the_end() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_collected_again_after_a_failure() -> None:
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()


def test_who_had_turned_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_tracing_takes_place_within(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def build(component: object) -> None:
        seen.append(gc.isenabled())
        raise GraphError(str(component))

    monkeypatch.setattr(tracing, "build_module", build)
    with pytest.raises(GraphError):
        tracing.trace(component_of(pico(), ComponentKind.UNET))
    assert seen == [False]
    assert gc.isenabled()
