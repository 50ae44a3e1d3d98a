"""The contract and the converter know the same architectures, although neither reads the other's tables."""

import pytest

from converter.models.architectures import FAMILIES, architecture_of
from converter.models.errors import ModelError
from converter.release.contract import RELEASES
from tests.support.family import ARCHITECTURES, tiny
from tests.support.fixtures_family import CONTROLLED, name_of

CHANNELS = (4, 7, 8, 9)


def test_every_architecture_that_can_be_converted_has_a_contract_and_no_other() -> None:
    made = {}
    for family in FAMILIES.values():
        for channels in CHANNELS:
            for distilled in (False, True):
                try:
                    found = architecture_of(family, channels, distilled=distilled, where="x")
                except ModelError:
                    continue
                made[found.name] = (found.pipeline, channels, distilled)
    pipelines = {name: release for name, release in RELEASES.items() if release.pipeline}
    assert {name: (release.pipeline, release.channels, release.guidance) for name, release in pipelines.items()} == made


def test_every_family_with_controlnets_has_a_contract_of_them() -> None:
    controlnets = {name for name, release in RELEASES.items() if release.pipeline is None}
    assert controlnets == {f"{family}-controlnet" for family in CONTROLLED}


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_the_contract_has_the_encoders_and_the_pipeline_of_the_published_models(architecture: str) -> None:
    model, release = tiny(architecture), RELEASES[name_of(architecture)]
    assert release.encoders == tuple(part for part in model.configs if part.startswith("text_encoder"))
    assert release.pipeline == model.pipeline
    assert release.channels == model.configs["unet"]["in_channels"]
