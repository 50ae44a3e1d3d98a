"""What a command says of a conversion, as a line and as JSON."""

import json
from pathlib import PurePath

import pytest

from converter.cli.outcome_lines import follow
from converter.outcomes import Made

MADE = Made("pico", "pico.v1", PurePath("build/pico.v1"), 5, reused=False, seconds=13.0)
BEFORE = Made(
    "pico",
    "pico.v1",
    PurePath("build/pico.v1"),
    5,
    reused=False,
    seconds=13.0,
    compared_before={"unet": "one.v1", "vae_encoder": "two.v3", "vae_decoder": "two.v3"},
)


def test_what_was_compared_before_is_said_with_the_releases_that_it_was_compared_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    follow([BEFORE], as_json=False)
    assert ", compared before: unet, vae_encoder, vae_decoder (for one.v1, two.v3), took" in capsys.readouterr().out
    follow([MADE], as_json=False)
    assert "before" not in capsys.readouterr().out


def test_json_has_it_for_each_component(capsys: pytest.CaptureFixture[str]) -> None:
    follow([BEFORE, MADE], as_json=True)
    first, second = json.loads(capsys.readouterr().out)["outcomes"]
    assert first["compared_before"] == BEFORE.compared_before
    assert "compared_before" not in second
