"""Fixtures: servers on loopback with sources to look at, and a workshop that reaches them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from converter.sources import CivitaiAccess, HubAccess
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.range_server import RangeServer
from tests.support.web_downloads import LOOPBACK


@pytest.fixture
def range_server() -> Iterator[RangeServer]:
    """A web server that is Civitai, too."""
    with RangeServer() as server:
        yield server


@pytest.fixture
def web_workshop(loopback_hub: LoopbackHub, range_server: RangeServer, cache: Path, tmp_path: Path) -> Workshop:
    """Downloads are the test's own, and tried once; shapes and key maps are those that other tests made."""
    (tmp_path / "cache").mkdir()
    for shared in ("shapes", "key-maps"):
        (cache / shared).mkdir(exist_ok=True)
        (tmp_path / "cache" / shared).symlink_to(cache / shared)
    return Workshop(
        root=tmp_path,
        build=tmp_path / "build",
        cache=tmp_path / "cache",
        access=HubAccess(loopback_hub.endpoint, loopback_hub.token),
        civitai=CivitaiAccess(range_server.url),
        policy=replace(LOOPBACK, attempts=1),
    )
