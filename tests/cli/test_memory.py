"""`--memory`: what is not a size, what does not fit, and that what fits is converted as without it."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import run
from tests.support.registries import write_registry


@pytest.fixture
def asked(tmp_path: Path, pico_checkpoint: Path) -> Path:
    """A repository that asks for a tiny model."""
    write_registry(tmp_path, {"name": "pico", "source": str(pico_checkpoint)})
    return tmp_path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--memory", "much"], "found 'much' after --memory, expected a number and a unit; write 2G"),
        (["--to", "checkpoint", "--memory", "2G"], "found --memory with --to checkpoint"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(tmp_path: Path, options: list[str], said: str) -> None:
    write_registry(tmp_path)
    ran = run("convert", "pico", *options, cwd=tmp_path)
    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", "").split())


def test_what_does_not_fit_fails_and_leaves_nothing(asked: Path) -> None:
    ran = run("convert", "--no-parity", "--memory", "50M", "--cache", asked / "cache", "--json", cwd=asked)
    (outcome,) = json.loads(ran.out)["outcomes"]
    assert ran.code == 1
    assert outcome["error"] == (
        "pico: converting takes up to 100.00 MB of memory, --memory allows 50.00 MB; allow more"
    )
    assert not list((asked / "build").glob("*"))


def test_what_fits_is_converted_also_where_the_environment_says_how_much(asked: Path, cache: Path) -> None:
    variables = {"ONNX_REGISTRY_MEMORY": "500M"}
    ran = run("convert", "--no-parity", "--cache", cache, cwd=asked, variables=variables)
    assert (ran.code, (asked / "build/pico.v1/manifest.json").is_file()) == (0, True)
