"""The Hugging Face hub when things go wrong: killed runs, bad answers, lost races, no answer at all."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import (
    DigestMismatch,
    HubDenied,
    HubError,
    HubUnreachable,
    download,
)
from converter.hub.huggingface_store import HuggingFaceStore
from converter.progress import silent
from tests.support.failing_store import FailingStore, Killed
from tests.support.loopback_hub import Answer, Drop, LoopbackHub, On
from tests.support.loopback_store import LARGE, REPO, index_of, open_store, publish_now
from tests.support.tiny_release import contents_of, tiny_release

STEPS = 11
"""Calls of one publication; `test_publish` lists them."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_release(tmp_path / "release", extra=LARGE)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(
    loopback_hub: LoopbackHub, folder: Path, at: int, *, after: bool
) -> None:
    wrapped, _ = FailingStore.wrap(open_store(loopback_hub), at=at, after=after)
    with pytest.raises(Killed):
        publish_now(wrapped, folder)

    published = publish_now(open_store(loopback_hub), folder)

    assert loopback_hub.repo(REPO).tags == {"pico.v1": published.commit}
    assert set(loopback_hub.repo(REPO).files("pico.v1")) == {*contents_of(folder), ".gitattributes"}
    assert [row.tag for row in index_of(loopback_hub).rows] == ["pico.v1"]
    applied = [request for request in loopback_hub.log.select("POST", "/commit/pico") if request.status == 200]
    assert len(applied) == 1


WRITES = ["/api/repos/create", "/branch/pico", "/commit/pico", "/tag/", "/commit/main"]


@pytest.mark.parametrize("effect", [Answer(500), Answer(503), Answer(429), Drop()], ids=str)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("path", WRITES)
def test_a_write_that_is_answered_badly_is_neither_lost_nor_repeated(
    loopback_hub: LoopbackHub, folder: Path, path: str, effect: Answer | Drop, *, after: bool
) -> None:
    loopback_hub.faults.arm(effect, On("POST", path, after=after))

    published = publish_now(open_store(loopback_hub), folder)

    repo = loopback_hub.repo(REPO)
    assert loopback_hub.faults.pending == 0
    assert repo.tags == {"pico.v1": published.commit}
    assert [row.tag for row in index_of(loopback_hub).rows] == ["pico.v1"]
    sent = loopback_hub.log.select("POST", path)
    assert len(sent) == (1 if after else 2)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_that_fail_once_do_not_stop_a_download(
    loopback_hub: LoopbackHub, folder: Path, tmp_path: Path, method: str
) -> None:
    publish_now(open_store(loopback_hub), folder)
    loopback_hub.faults.arm(Answer(503), On(method, "/resolve/"))

    assert contents_of(download(open_store(loopback_hub), "pico", tmp_path / "got", silent)) == contents_of(folder)


def test_a_lost_race_for_the_index_keeps_both_rows(loopback_hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    other = tiny_release(tmp_path / "nano", "nano")

    class Interleaved(HuggingFaceStore):
        raced = False

        def replace_index(self, files: object, token: str | None) -> None:
            if not self.raced:
                self.raced = True
                publish_now(open_store(loopback_hub), other)
            super().replace_index(files, token)  # type: ignore[arg-type]

    publish_now(Interleaved(REPO, endpoint=loopback_hub.endpoint, token=loopback_hub.token), folder)

    assert [row.tag for row in index_of(loopback_hub).rows] == ["nano.v1", "pico.v1"]
    # The winner saw the loser's tag and wrote its row too, so there was nothing left to write after the refusal.
    assert [request.status for request in loopback_hub.log.select("POST", "/commit/main")] == [200, 412]


def test_a_byte_that_the_hub_lost_is_detected(loopback_hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    publish_now(open_store(loopback_hub), folder)
    tag_tree = loopback_hub.repo(REPO).files("pico.v1")
    changed = contents_of(folder)["model_index.json"].replace(b"Stable", b"Stabel")
    loopback_hub.seed_repo(REPO, {"model_index.json": changed}, revision="pico")
    loopback_hub.repo(REPO).tags["pico.v1"] = loopback_hub.repo(REPO).branches["pico"]

    with pytest.raises(DigestMismatch, match=r"model_index\.json of pico\.v1 arrived with"):
        download(open_store(loopback_hub), "pico", tmp_path / "got", silent)

    assert "model_index.json" in tag_tree
    assert not (tmp_path / "got").exists()


def test_a_wrong_token_is_told_what_to_do_and_does_not_get_into_the_message(
    loopback_hub: LoopbackHub, folder: Path
) -> None:
    with pytest.raises(HubDenied, match="set HF_TOKEN") as caught:
        publish_now(open_store(loopback_hub, token="hf_wrongAndSecret"), folder)  # noqa: S106

    assert "wrongAndSecret" not in str(caught.value)
    assert caught.value.exit_code == ExitCode.FAILED


def test_a_card_that_the_hub_refuses_is_an_error_of_the_release(loopback_hub: LoopbackHub, folder: Path) -> None:
    loopback_hub.faults.arm(Answer(400, "license is not known"), On("POST", "/validate-yaml"))

    with pytest.raises(HubError, match=r"uploading pico\.v1") as caught:
        publish_now(open_store(loopback_hub), folder)

    assert caught.value.exit_code == ExitCode.FAILED
    assert loopback_hub.repo(REPO).tags == {}


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Connections are taken and nothing is ever said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield int(listener.getsockname()[1])


def test_a_hub_that_is_not_there_is_unreachable(loopback_hub: LoopbackHub, folder: Path, closed_port: int) -> None:
    store = HuggingFaceStore(REPO, endpoint=f"http://127.0.0.1:{closed_port}", token="hf_secret")  # noqa: S106

    with pytest.raises(HubUnreachable, match="check the network and try again") as caught:
        publish_now(store, folder)

    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert "hf_secret" not in str(caught.value)


def test_a_hub_that_does_not_answer_is_unreachable(loopback_hub: LoopbackHub, folder: Path, silent_port: int) -> None:
    store = HuggingFaceStore(REPO, endpoint=f"http://127.0.0.1:{silent_port}", token="x", timeout_s=0.2)  # noqa: S106

    with pytest.raises(HubUnreachable, match="check the network and try again"):
        publish_now(store, folder)
