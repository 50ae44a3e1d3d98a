"""Tiny models of the family that several folders of tests share."""

from pathlib import Path

import pytest

from tests.support.fixtures_family import FamilyFiles


@pytest.fixture(scope="session")
def tiny_sd1(family_files: FamilyFiles) -> Path:
    """`tiny("sd1")` as a diffusers folder. Read only."""
    return family_files.model("sd1", "diffusers")
