"""A web server on loopback, and a client of it with an empty cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.range_server import RangeServer
from tests.support.web_downloads import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with RangeServer() as server:
        yield Web(server, tmp_path / "downloads")
