"""Tiny models of the family that several folders of tests share."""

from pathlib import Path

import pytest

from tests.support.family import tiny, write_diffusers


@pytest.fixture(scope="session")
def tiny_sd1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny("sd1")` as a diffusers folder. Read only."""
    return write_diffusers(tiny("sd1"), tmp_path_factory.mktemp("tiny") / "sd1")
