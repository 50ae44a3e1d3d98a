"""Faults of the loopback Hub, and what the real client makes of them."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    HfApi,
    get_session,
    hf_hub_download,
)
from huggingface_hub.errors import HfHubHTTPError

from tests.support.hub_release import REPO, WEIGHTS, publish, write_release
from tests.support.loopback_hub import (
    Answer,
    Drop,
    Hold,
    LoopbackHub,
    On,
    client_environment,
    client_pointed_at,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release")


def test_a_503_on_preupload_is_tried_again_by_the_client(loopback_hub: LoopbackHub, folder: Path) -> None:
    loopback_hub.faults.arm(Answer(503), On("POST", "/preupload/"))
    publish(HfApi(), folder)
    assert [r.status for r in loopback_hub.log.select("POST", "/preupload/")] == [503, 200]
    assert loopback_hub.faults.pending == 0


def test_a_rate_limit_is_obeyed(loopback_hub: LoopbackHub, folder: Path) -> None:
    loopback_hub.faults.arm(Answer(429, headers={"RateLimit": '"api";r=0;t=55'}), On("POST", "/batch"))
    publish(HfApi(), folder)
    assert [r.status for r in loopback_hub.log.select("POST", "/batch")] == [429, 200]


def test_a_500_before_the_commit_leaves_no_commit(any_loopback_hub: LoopbackHub) -> None:
    head = any_loopback_hub.seed_repo(REPO, {})
    any_loopback_hub.faults.arm(Answer(500), On("POST", "/commit/"))
    with pytest.raises(HfHubHTTPError, match="500"):
        HfApi().create_commit(REPO, [CommitOperationAdd("a", b"a")], commit_message="x")
    assert any_loopback_hub.repo(REPO).branches["main"] == head


def test_a_500_after_the_commit_leaves_the_commit(any_loopback_hub: LoopbackHub) -> None:
    head = any_loopback_hub.seed_repo(REPO, {})
    any_loopback_hub.faults.arm(Answer(500), On("POST", "/commit/", after=True))
    with pytest.raises(HfHubHTTPError, match="500"):
        HfApi().create_commit(REPO, [CommitOperationAdd("a", b"a")], commit_message="x")
    assert any_loopback_hub.repo(REPO).branches["main"] != head
    assert any_loopback_hub.read(REPO, "a") == b"a"


def test_an_upload_cut_half_way_is_tried_again_by_the_client(loopback_hub: LoopbackHub, folder: Path) -> None:
    weights_path = hashlib.sha256(WEIGHTS).hexdigest()
    loopback_hub.faults.arm(Drop(after_bytes=200_000), On("PUT", weights_path))
    publish(HfApi(), folder)
    first, second = loopback_hub.log.select("PUT", weights_path)
    assert first.status is None
    assert 200_000 <= first.received_bytes < len(WEIGHTS)
    assert (second.status, second.received_bytes) == (200, len(WEIGHTS))
    assert loopback_hub.read(REPO, "unet/weights.pb", "pico.v1") == WEIGHTS


def test_a_download_cut_half_way_is_resumed_by_the_client(loopback_hub: LoopbackHub) -> None:
    size, cut = 11 << 20, 10 << 20  # the client keeps whole pieces of 10 MiB
    loopback_hub.seed_repo(REPO, {"w.pb": bytes(size)})
    loopback_hub.faults.arm(Drop(after_bytes=cut), On("GET", "/resolve/", after=True))
    assert Path(hf_hub_download(REPO, "w.pb")).stat().st_size == size
    sent = [(r.status, r.sent_bytes) for r in loopback_hub.log.select("GET", "/resolve/")]
    assert sent == [(200, cut), (206, size - cut)]


def test_a_connection_dropped_after_the_tag_leaves_the_tag(loopback_hub: LoopbackHub) -> None:
    oid = loopback_hub.seed_repo(REPO, {})
    loopback_hub.faults.arm(Drop(), On("POST", "/tag/", after=True))
    with pytest.raises(httpx2.TransportError):
        HfApi().create_tag(REPO, tag="v1")
    assert loopback_hub.repo(REPO).tags == {"v1": oid}


@pytest.mark.parametrize("after", [False, True])
def test_each_request_of_a_publication_can_be_made_to_fail(folder: Path, tmp_path: Path, *, after: bool) -> None:
    with LoopbackHub(tmp_path / "whole") as hub, client_pointed_at(hub, tmp_path / "home"):
        publish(HfApi(), folder)
        requests = len(hub.log)
    for number in range(1, requests + 1):
        with LoopbackHub(tmp_path / f"{number}") as hub, client_pointed_at(hub, tmp_path / f"home-{number}"):
            hub.faults.arm(Answer(418), On(nth=number, after=after))
            with pytest.raises((HfHubHTTPError, RuntimeError)):
                publish(HfApi(), folder)
            assert [r.number for r in hub.log if r.fault] == [number]


def test_a_fault_meets_as_many_requests_as_it_was_armed_for(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    loopback_hub.faults.arm(Answer(418), On("GET", nth=2, times=2))
    url = f"{loopback_hub.endpoint}/api/models/{REPO}"
    assert [get_session().get(url).status_code for _ in range(5)] == [200, 418, 418, 200, 200]


def test_a_held_request_goes_on_when_it_is_released(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    hold = Hold()
    loopback_hub.faults.arm(hold, On("POST", "/tag/"))
    client = threading.Thread(target=HfApi().create_tag, args=(REPO,), kwargs={"tag": "v1"})
    client.start()
    assert hold.reached.wait(timeout=10)
    assert loopback_hub.repo(REPO).tags == {}
    hold.release.set()
    client.join(timeout=10)
    assert "v1" in loopback_hub.repo(REPO).tags


def test_a_client_killed_at_a_held_request_leaves_nothing_of_it(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, {})
    hold = Hold(drop=True)
    loopback_hub.faults.arm(hold, On("POST", "/tag/"))
    environment = {"PATH": os.environ["PATH"], **client_environment(loopback_hub, tmp_path / "other-home")}
    script = f"from huggingface_hub import HfApi; HfApi().create_tag({REPO!r}, tag='v1')"
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as client:
        assert hold.reached.wait(timeout=60)
        client.kill()
    hold.release.set()
    HfApi().create_tag(REPO, tag="v2")
    assert set(loopback_hub.repo(REPO).tags) == {"v2"}


def test_a_token_endpoint_that_fails_once_does_not_fail_a_xet_upload(
    loopback_hub_xet: LoopbackHub, folder: Path
) -> None:
    loopback_hub_xet.faults.arm(Answer(503), On("GET", "/xet-write-token/"))
    publish(HfApi(), folder)
    assert [r.status for r in loopback_hub_xet.log.select("GET", "/xet-write-token/")][:2] == [503, 200]
