"""`kill -9` and Ctrl-C at known places: nothing half-made is seen, and the next run finishes the job."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from converter.release import FolderView, verify
from tests.support.command_line import run, started, wait_until
from tests.support.loopback_hub import Hold, LoopbackHub, On, client_environment
from tests.support.registries import write_registry
from tests.support.release_folders import reissued
from tests.support.tiny_release import contents_of

pytestmark = pytest.mark.slow

_REPO = "acme/zoo"


@pytest.fixture
def unbuilt(pico_asked: dict[str, object], pico_release: Path, tmp_path: Path) -> Path:
    """A repository that asks for the tiny model and has nothing of it yet but traced templates."""
    root = tmp_path / "repository"
    write_registry(root, pico_asked)
    return root


def _interrupted_while_streaming(root: Path, cache: Path, command: str, how: signal.Signals) -> "subprocess.Popen[str]":
    """Send a signal at the moment that the first weights are written."""
    with started(command, "--cache", cache, cwd=root) as process:
        wait_until(lambda: any(root.glob("build/.pico.v1.*.partial/*/weights.pb")), process)
        process.send_signal(how)
        process.communicate(timeout=60)
    return process


def test_a_run_killed_while_streaming_leaves_nothing_that_looks_finished_and_the_next_one_finishes(
    unbuilt: Path, cache: Path, pico_release: Path
) -> None:
    process = _interrupted_while_streaming(unbuilt, cache, "release", signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert all(path.name.startswith(".") for path in (unbuilt / "build").iterdir())
    assert any((unbuilt / "build").iterdir())
    assert not (unbuilt / "hub/pico.v1").exists()
    assert run("release", "--cache", cache, cwd=unbuilt).code == 0
    assert contents_of(unbuilt / "hub/pico.v1") == contents_of(pico_release)
    assert list((unbuilt / "build").iterdir()) == []


@pytest.mark.parametrize("command", ["convert", "release"])
def test_ctrl_c_while_streaming_leaves_nothing_and_says_so(unbuilt: Path, cache: Path, command: str) -> None:
    with started(command, "--cache", cache, cwd=unbuilt) as process:
        wait_until(lambda: any(unbuilt.glob("build/.pico.v1.*.partial/*/weights.pb")), process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted: nothing half-made was left behind" in err
    assert "Traceback" not in err
    assert list((unbuilt / "build").iterdir()) == []


@pytest.mark.parametrize(
    ("place", "tagged"),
    [
        pytest.param(On("PUT", "", nth=2), False, id="in an upload"),
        pytest.param(On("POST", "/commit/pico"), False, id="before the commit"),
        pytest.param(On("POST", "/commit/pico", after=True), False, id="after the commit"),
        pytest.param(On("POST", "/tag/"), False, id="before the tag"),
        pytest.param(On("POST", "/tag/", after=True), True, id="after the tag"),
        pytest.param(On("POST", "/commit/main"), True, id="before the index"),
        pytest.param(On("POST", "/commit/main", after=True), True, id="after the index"),
    ],
)
def test_a_run_killed_while_publishing_is_finished_by_the_next(
    repository: Path, loopback_hub: LoopbackHub, pico_release: Path, place: On, *, tagged: bool
) -> None:
    variables = client_environment(loopback_hub, repository / "hf-home")
    hold = Hold(drop=True)
    loopback_hub.faults.arm(hold, place)
    with started("release", "--hub", f"hf:{_REPO}", cwd=repository, variables=variables) as process:
        wait_until(hold.reached.is_set, process)
        process.kill()
    hold.release.set()
    assert ("pico.v1" in loopback_hub.repo(_REPO).tags) == tagged
    ran = run("release", "--hub", f"hf:{_REPO}", cwd=repository, variables=variables)
    assert (ran.code, ran.err.count("nothing to do")) == (0, int(tagged))
    published = loopback_hub.repo(_REPO).files("pico.v1")
    assert {path: loopback_hub.read(_REPO, path, "pico.v1") for path in set(published) - {".gitattributes"}} == (
        contents_of(pico_release)
    )


def test_after_any_of_that_list_is_right(repository: Path, loopback_hub: LoopbackHub) -> None:
    variables = client_environment(loopback_hub, repository / "hf-home")
    hold = Hold(drop=True)
    loopback_hub.faults.arm(hold, On("POST", "/commit/main"))
    with started("release", "--hub", f"hf:{_REPO}", cwd=repository, variables=variables) as process:
        wait_until(hold.reached.is_set, process)
        process.kill()
    hold.release.set()
    assert "index.json" not in loopback_hub.repo(_REPO).files("main")
    assert "pico.v1" in run("list", "--hub", f"hf:{_REPO}", cwd=repository, variables=variables).out


def test_a_copy_into_a_file_hub_that_is_killed_is_not_seen_and_the_next_one_finishes(repository: Path) -> None:
    folder = reissued(repository / "build/pico.v1", {"padding.bin": os.urandom(1 << 20) * 64})
    with started("publish", folder, cwd=repository) as process:
        wait_until(lambda: any(repository.glob("hub/.incoming/pico/*")), process)
        process.kill()
    assert not (repository / "hub/pico.v1").exists()
    assert not (repository / "hub/.commits/pico").exists()
    assert run("list", cwd=repository).out == "file:hub: nothing is published yet\n"
    assert run("publish", folder, cwd=repository).code == 0
    assert contents_of(repository / "hub/pico.v1") == contents_of(folder)
    assert not (repository / "hub/.incoming/pico").exists()


def test_a_download_that_is_killed_is_not_seen_and_goes_on(repository: Path) -> None:
    folder = reissued(repository / "build/pico.v1", {"padding.bin": os.urandom(1 << 20) * 64})
    run("publish", folder, cwd=repository)
    target = repository / "here"
    with started("download", "pico", "--to", target, cwd=repository) as process:
        wait_until(lambda: any(repository.glob(".here.*.partial/*")), process)
        process.kill()
    assert not target.exists()
    assert run("download", "pico", "--to", target, cwd=repository).code == 0
    assert verify(FolderView(target)).manifest.tag == "pico.v1"
    assert not list(repository.glob(".here.*"))
