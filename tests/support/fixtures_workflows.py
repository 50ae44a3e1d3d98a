"""A folder in which workflows can be run."""

from pathlib import Path

import pytest

from tests.support.small_workflows import Workflows


@pytest.fixture
def workflows(tmp_path: Path) -> Workflows:
    """A fresh folder for workflows and shims."""
    return Workflows(tmp_path)
