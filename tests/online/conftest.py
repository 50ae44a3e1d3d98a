"""Loopback servers, and a tiny model that they may serve."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from converter.sources import CivitaiAccess, HubAccess
from converter.workshop import Workshop
from tests.support.checked_registries import Desk
from tests.support.fixtures_tiny import tiny_sd1
from tests.support.loopback_hub import LoopbackHub
from tests.support.range_server import RangeServer
from tests.support.web_downloads import LOOPBACK

__all__ = ["tiny_sd1"]


@pytest.fixture
def desk(loopback_hub: LoopbackHub, cache: Path, tmp_path: Path) -> Iterator[Desk]:
    """Downloads are the test's own; shapes and key maps are those that other tests made."""
    (tmp_path / "cache").mkdir()
    for shared in ("shapes", "key-maps"):
        (cache / shared).mkdir(exist_ok=True)
        (tmp_path / "cache" / shared).symlink_to(cache / shared)
    with RangeServer() as server:
        access = HubAccess(loopback_hub.endpoint, loopback_hub.token)
        policy = replace(LOOPBACK, attempts=1)
        place = Workshop(tmp_path, tmp_path / "build", tmp_path / "cache", access, CivitaiAccess(server.url), policy)
        yield Desk(place, loopback_hub, server)
