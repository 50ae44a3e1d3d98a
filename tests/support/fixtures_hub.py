"""Fixtures: a loopback Hub, with this process's `huggingface_hub` client pointed at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.loopback_hub import LoopbackHub, client_pointed_at


@pytest.fixture
def loopback_hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    """A Hub whose clients upload by Git LFS."""
    with LoopbackHub(tmp_path / "hub") as hub, client_pointed_at(hub, tmp_path / "hf-home"):
        yield hub


@pytest.fixture
def loopback_hub_xet(tmp_path: Path) -> Iterator[LoopbackHub]:
    """A Hub whose clients upload and download by Xet."""
    with LoopbackHub(tmp_path / "hub", xet=True) as hub, client_pointed_at(hub, tmp_path / "hf-home"):
        yield hub


@pytest.fixture(params=["loopback_hub", "loopback_hub_xet"])
def any_loopback_hub(request: pytest.FixtureRequest) -> LoopbackHub:
    """Both, one after the other."""
    hub = request.getfixturevalue(request.param)
    assert isinstance(hub, LoopbackHub)
    return hub
