"""The real command line against a loopback Hub: what it says, what it returns, what the hub has afterwards."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.loopback_hub import Answer, LoopbackHub, On, client_environment
from tests.support.release_folders import reissued
from tests.support.tiny_release import contents_of

_REPO = "acme/zoo"
_HUB = ("--hub", f"hf:{_REPO}")
_MARKER = "hf_thisTokenMustNotBeSeenAnywhere"


def _run(hub: LoopbackHub, repository: Path, *arguments: object) -> Ran:
    return run(*arguments, *_HUB, cwd=repository, variables=client_environment(hub, repository / "hf-home"))


def _read(hub: LoopbackHub, tag: str) -> dict[str, bytes]:
    paths = set(hub.repo(_REPO).files(tag)) - {".gitattributes"}
    return {path: hub.read(_REPO, path, tag) for path in paths}


def test_release_list_verify_download_and_release_again(
    any_loopback_hub: LoopbackHub, repository: Path, pico_release: Path
) -> None:
    hub = any_loopback_hub
    assert _run(hub, repository, "release").code == 0
    assert _read(hub, "pico.v1") == contents_of(pico_release)
    assert _run(hub, repository, "list").out.startswith("pico.v1  sd1  fp32")
    assert "pico.v1 is whole" in _run(hub, repository, "verify", "pico").out
    assert _run(hub, repository, "download", "pico", "--to", "here").code == 0
    assert contents_of(repository / "here") == contents_of(pico_release)
    head = dict(hub.repo(_REPO).branches)
    assert "nothing to do" in _run(hub, repository, "release").err
    assert hub.repo(_REPO).branches == head


def test_a_tag_with_other_content_is_exit_code_3_and_nothing_moves(loopback_hub: LoopbackHub, repository: Path) -> None:
    assert _run(loopback_hub, repository, "publish", "build/pico.v1").code == 0
    before = dict(loopback_hub.repo(_REPO).branches), dict(loopback_hub.repo(_REPO).tags)
    reissued(repository / "build/pico.v1", {"notes.txt": b"other content"})
    ran = _run(loopback_hub, repository, "publish", "build/pico.v1")
    assert (ran.code, ran.out) == (3, "")
    assert "a published tag is never moved" in ran.err
    assert (loopback_hub.repo(_REPO).branches, loopback_hub.repo(_REPO).tags) == before


def test_a_tag_with_other_content_in_a_file_hub_is_exit_code_3_and_nothing_moves(
    repository: Path, pico_release: Path
) -> None:
    assert run("publish", "build/pico.v1", cwd=repository).code == 0
    hub = contents_of(repository / "hub")
    reissued(repository / "build/pico.v1", {"notes.txt": b"other content"})
    assert run("publish", "build/pico.v1", cwd=repository).code == 3
    assert contents_of(repository / "hub") == hub
    assert contents_of(repository / "hub/pico.v1") == contents_of(pico_release)


@pytest.mark.parametrize("arguments", [["list"], ["plan"], ["release"], ["verify", "pico"], ["download", "pico"]])
def test_a_hub_that_does_not_answer_is_exit_code_4(repository: Path, arguments: list[str]) -> None:
    variables = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": _MARKER, "HF_HOME": str(repository / "hf-home")}
    ran = run(*arguments, *_HUB, cwd=repository, variables=variables)
    assert (ran.code, ran.out) == (4, "")
    assert "hf:acme/zoo: listing branches and tags: no answer" in ran.err
    assert "try again" in ran.err
    assert _MARKER not in ran.output
    assert (repository / "build/pico.v1/manifest.json").is_file()


def test_a_hub_that_is_broken_is_exit_code_4(loopback_hub: LoopbackHub, repository: Path) -> None:
    loopback_hub.faults.arm(Answer(503), On("GET", "/refs", times=99))
    ran = _run(loopback_hub, repository, "list")
    assert ran.code == 4
    assert "the hub answered 503" in ran.err


@pytest.mark.parametrize("status", [401, 403])
def test_a_hub_that_says_no_is_exit_code_1_with_what_to_do(
    loopback_hub: LoopbackHub, repository: Path, status: int
) -> None:
    loopback_hub.faults.arm(Answer(status, message=f"no to {_MARKER}"), On("GET", "/refs", times=9))
    ran = _run(loopback_hub, repository, "release")
    assert ran.code == 1
    assert "set HF_TOKEN to a token that may write" in ran.err
    assert _MARKER not in ran.output


def test_a_wrong_token_is_never_printed(loopback_hub: LoopbackHub, repository: Path) -> None:
    loopback_hub.seed_repo(_REPO, {}, private=True)
    variables = {**client_environment(loopback_hub, repository / "hf-home"), "HF_TOKEN": _MARKER}
    for command in (["release"], ["list"], ["-v", "publish", "build/pico.v1"], ["release", "--json"]):
        ran = run(*command, *_HUB, cwd=repository, variables=variables)
        assert (ran.code, _MARKER in ran.output) == (1, False), ran


def test_a_hub_that_denies_the_commit_fails_the_entry_and_keeps_its_folder(
    loopback_hub: LoopbackHub, repository: Path
) -> None:
    loopback_hub.faults.arm(Answer(403), On("POST", "/commit/", times=9))
    ran = _run(loopback_hub, repository, "release", "--json")
    (outcome,) = json.loads(ran.out)["outcomes"]
    assert (ran.code, outcome["outcome"], outcome["exit_code"]) == (1, "failed", 1)
    assert (repository / "build/pico.v1/manifest.json").is_file()
    assert not loopback_hub.repo(_REPO).tags
    loopback_hub.faults.clear()
    assert _run(loopback_hub, repository, "release").code == 0
