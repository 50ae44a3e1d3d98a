"""`convert --to`: what it prints and returns, and that a run which is killed leaves nothing that looks finished."""

import json
import signal
from pathlib import Path

import pytest

from converter.models import KeyMaps, open_model
from tests.support.command_line import run, started, wait_until
from tests.support.family import tiny, write_original
from tests.support.registries import write_registry
from tests.support.tiny_release import contents_of

pytestmark = pytest.mark.slow

ENDINGS = {"checkpoint": ".safetensors", "diffusers": ".diffusers"}
WEIGHTS = {"checkpoint": "*.safetensors", "diffusers": "*/*.safetensors"}


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A repository that asks for two tiny checkpoints."""
    source = write_original(tiny("sd1"), tmp_path / "models/tiny.safetensors")
    entries = [{"name": name, "source": str(source)} for name in ("first", "second")]
    write_registry(tmp_path, *entries)
    return tmp_path


@pytest.mark.parametrize("to", ENDINGS)
def test_an_entry_is_made_and_kept_the_second_time(asked: Path, cache: Path, to: str) -> None:
    first = run("convert", "first", "--to", to, "--cache", cache, cwd=asked)
    path = asked / f"build/first.v1{ENDINGS[to]}"
    assert (first.code, first.out.split()[:3]) == (0, ["converted", "first.v1:", f"{path},"])
    assert path.exists()
    second = run("convert", "first", "--to", to, "--cache", cache, "--json", cwd=asked)
    (outcome,) = json.loads(second.out)["outcomes"]
    assert (second.code, outcome["folder"], outcome["reused"]) == (0, str(path), True)
    assert not (asked / "build/second.v1").exists()


def test_the_default_is_onnx(repository: Path) -> None:
    plain, named = (run("convert", *more, cwd=repository).out for more in ((), ("--to", "onnx")))
    assert plain == named
    assert plain.endswith("was there\n")


def test_a_published_entry_is_made_too_with_the_number_of_its_release(repository: Path, cache: Path) -> None:
    run("release", cwd=repository)
    ran = run("convert", "pico", "--to", "checkpoint", "--cache", cache, cwd=repository)
    assert (ran.code, ran.out.split()[:2]) == (0, ["converted", "pico.v1:"])
    with open_model(repository / "build/pico.v1.safetensors", KeyMaps(cache / "key-maps")) as model:
        assert model.architecture == "sd1"


@pytest.mark.parametrize("to", ENDINGS)
def test_without_a_name_it_is_exit_code_2_and_says_how(asked: Path, to: str) -> None:
    ran = run("convert", "--to", to, cwd=asked)
    assert (ran.code, ran.out) == (2, "")
    assert f"write `convert NAME --to {to}`" in " ".join(ran.err.replace("│", " ").split())


def test_what_fails_is_said_and_the_others_go_on(asked: Path, cache: Path) -> None:
    source = asked / "models/tiny.safetensors"
    inversions = [{"name": "cubex", "source": "sd-concepts-library/cubex"}]
    good, bad = ({"name": name, "source": str(source)} for name in ("good", "bad"))
    write_registry(asked, {**bad, "inversions": inversions}, good)
    ran = run("convert", "bad", "good", "--to", "checkpoint", "--cache", cache, cwd=asked)
    assert (ran.code, ran.out.split()[:2]) == (1, ["converted", "good.v1:"])
    assert "failed     bad: it has inversions (cubex)" in ran.err


def test_a_made_folder_is_no_release(asked: Path, cache: Path) -> None:
    run("convert", "first", "--to", "diffusers", "--cache", cache, cwd=asked)
    for command in ("publish", "verify"):
        ran = run(command, "build/first.v1.diffusers", cwd=asked)
        assert ran.code == 1
        assert "build/first.v1.diffusers" in ran.err
    assert not (asked / "hub/first.v1").exists()


@pytest.mark.parametrize("to", ENDINGS)
def test_a_run_killed_while_streaming_leaves_nothing_that_looks_finished_and_the_next_one_finishes(
    asked: Path, cache: Path, to: str
) -> None:
    words = ("convert", "first", "--to", to, "--cache", cache)
    with started(*words, cwd=asked) as process:
        wait_until(lambda: any(asked.glob(f"build/.first.v1.*.partial/{WEIGHTS[to]}")), process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert all(path.name.startswith(".") for path in (asked / "build").iterdir())
    assert run(*words, cwd=asked).code == 0
    interrupted = contents_of(asked / "build")
    assert not any(path.startswith(".") for path in interrupted)
