"""Where files are looked at without anything that was traced before."""

from pathlib import Path

import pytest

from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.fixtures_tiny import tiny_sd1

__all__ = ["tiny_sd1"]


@pytest.fixture
def place(tmp_path: Path, cache: Path) -> Workshop:
    """Files are beside the test; shapes and key maps are those that other tests made."""
    return Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())
