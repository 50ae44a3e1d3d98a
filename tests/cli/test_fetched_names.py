"""A job of several names, one of which was published meanwhile: that is no failure of any step."""

from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.registries import write_registry


@pytest.fixture
def half_done(repository: Path, pico_asked: dict[str, object]) -> Path:
    """A repository that has published `pico`; `second` is left to do."""
    assert run("publish", "pico", cwd=repository).code == 0
    write_registry(repository, pico_asked, {**pico_asked, "name": "second"})
    return repository


def _step(root: Path, cache: Path, *words: str) -> tuple[Ran, str]:
    """Run a command as a step of a job; also the lines of its outputs."""
    output = root / f"output-{words[0]}"
    variables = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(root / "summary.md")}
    ran = run(*words, "--github", cwd=root, variables={"ONNX_REGISTRY_CACHE": str(cache), **variables})
    return ran, output.read_text() if output.exists() else ""


def test_the_names_that_were_fetched_are_an_output_and_those_that_are_published_are_said(
    half_done: Path, cache: Path
) -> None:
    ran, outputs = _step(half_done, cache, "fetch", "pico second")

    assert ran.code == 0, ran.err
    assert "pico.v1: published already, as it is" in ran.err
    assert "\nsecond\n" in outputs
    assert "pico" not in outputs


def test_names_that_fail_are_not_handed_on(half_done: Path, pico_asked: dict[str, object], cache: Path) -> None:
    write_registry(
        half_done, {**pico_asked, "name": "second"}, {**pico_asked, "name": "missing", "source": "./none.safetensors"}
    )

    ran, outputs = _step(half_done, cache, "fetch", "missing second")

    assert ran.code == 1
    assert "\nsecond\n" in outputs
    assert "missing" not in outputs


def test_publishing_says_what_was_published_already(half_done: Path, cache: Path) -> None:
    ran, _ = _step(half_done, cache, "publish", "pico second")

    assert ran.code == 1, "second was not converted"
    assert "pico.v1: published already, as it is" in ran.err


def test_what_is_not_fetched_because_it_is_published_is_said_by_who_misses_it(half_done: Path) -> None:
    ran = run("convert", "pico", "--fetched", cwd=half_done)

    assert ran.code == 1
    assert "fetch it, and if that says it is published already, leave it out" in ran.err


def test_without_names_what_is_published_is_not_listed(half_done: Path, cache: Path) -> None:
    ran, _ = _step(half_done, cache, "fetch")

    assert ran.code == 0, ran.err
    assert "published already" not in ran.err
