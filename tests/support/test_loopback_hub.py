"""The loopback Hub publishes and serves, driven by the real client in both of its upload modes."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from huggingface_hub import (
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import HfHubHTTPError

from tests.support.hub_release import FILES, REPO, WEIGHTS, additions, contents, publish, write_release
from tests.support.loopback_hub import (
    HubSettings,
    LargeFile,
    LoopbackHub,
    client_environment,
    client_pointed_at,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release")


def test_a_published_tag_is_downloaded_byte_for_byte(
    any_loopback_hub: LoopbackHub, folder: Path, tmp_path: Path
) -> None:
    publish(HfApi(), folder)
    snapshot_download(REPO, revision="pico.v1", local_dir=tmp_path / "got")
    got = contents(tmp_path / "got")
    assert got.pop(".gitattributes").startswith(b"*.bin filter=lfs")
    assert got == FILES


def test_a_published_tag_is_downloaded_into_its_own_cache(
    any_loopback_hub: LoopbackHub, folder: Path, tmp_path: Path
) -> None:
    publish(HfApi(), folder)
    path = Path(hf_hub_download(REPO, "unet/weights.pb", revision="pico.v1"))
    assert path.is_relative_to(tmp_path / "hf-home")
    assert path.read_bytes() == WEIGHTS


def test_large_files_are_known_by_their_sha256(any_loopback_hub: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    expected = LargeFile(hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS))
    assert any_loopback_hub.repo(REPO).files("pico.v1")["unet/weights.pb"] == expected


def test_the_server_reads_what_was_uploaded(any_loopback_hub: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    assert {name: any_loopback_hub.read(REPO, name, "pico.v1") for name in FILES} == FILES


def test_commit_ids_are_the_same_on_every_server(folder: Path, tmp_path: Path) -> None:
    oids = set()
    for name in ("a", "b"):
        with LoopbackHub(tmp_path / name) as hub, client_pointed_at(hub, tmp_path / f"home-{name}"):
            oids.add(publish(HfApi(), folder))
    assert len(oids) == 1


def test_a_repeated_commit_uploads_nothing_and_makes_no_commit(any_loopback_hub: LoopbackHub, folder: Path) -> None:
    oid = publish(HfApi(), folder)
    any_loopback_hub.log.clear()
    again = HfApi().create_commit(REPO, additions(folder), commit_message="Release", revision="pico")
    assert again.oid == oid
    assert not any_loopback_hub.log.select("POST", "/commit/")
    assert not any_loopback_hub.log.select("PUT")


def test_verify_repo_checksums_of_the_client_agrees(any_loopback_hub: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    found = HfApi().verify_repo_checksums(REPO, revision="pico.v1", local_dir=folder)
    assert found.mismatches == []
    assert found.checked_count == len(FILES)


def test_a_process_of_its_own_publishes_and_downloads(
    any_loopback_hub: LoopbackHub, folder: Path, tmp_path: Path
) -> None:
    HfApi().create_repo(REPO)
    script = (
        "import sys; from huggingface_hub import HfApi, snapshot_download\n"
        "HfApi().upload_file(repo_id=sys.argv[1], path_or_fileobj=sys.argv[2], path_in_repo='w.pb')\n"
        "snapshot_download(sys.argv[1], local_dir=sys.argv[3])"
    )
    environment = {"PATH": os.environ["PATH"], **client_environment(any_loopback_hub, tmp_path / "other-home")}
    command = [sys.executable, "-c", script, REPO, str(folder / "unet/weights.pb"), str(tmp_path / "got")]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert (tmp_path / "got/w.pb").read_bytes() == WEIGHTS


def test_lfs_bytes_are_counted(loopback_hub: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    assert loopback_hub.log.received_bytes > len(WEIGHTS)
    [put] = [r for r in loopback_hub.log.select("PUT") if r.received_bytes == len(WEIGHTS)]
    assert put.status == 200


def test_xet_bytes_do_not_pass_through_the_server(loopback_hub_xet: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    assert loopback_hub_xet.log.select("GET", "/xet-write-token/pico")
    assert not loopback_hub_xet.log.select("PUT")
    assert loopback_hub_xet.log.received_bytes < 10_000


def test_xet_downloads_ask_for_a_read_token_and_no_bytes(loopback_hub_xet: LoopbackHub, folder: Path) -> None:
    publish(HfApi(), folder)
    loopback_hub_xet.log.clear()
    hf_hub_download(REPO, "unet/weights.pb", revision="pico")
    assert loopback_hub_xet.log.select("GET", "/xet-read-token/")
    assert not loopback_hub_xet.log.select("GET", "/resolve/")


def test_a_client_without_xet_downloads_what_came_by_xet(
    loopback_hub_xet: LoopbackHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(HfApi(), folder)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    assert Path(hf_hub_download(REPO, "unet/weights.pb", revision="pico")).read_bytes() == WEIGHTS
    assert loopback_hub_xet.log.sent_bytes > len(WEIGHTS)


def test_large_objects_are_uploaded_in_parts(tmp_path: Path) -> None:
    settings = HubSettings(multipart_above_bytes=100_000, part_bytes=150_000)
    with LoopbackHub(tmp_path, settings=settings) as hub, client_pointed_at(hub, tmp_path / "home"):
        HfApi().create_repo(REPO)
        HfApi().upload_file(path_or_fileobj=WEIGHTS, path_in_repo="w.pb", repo_id=REPO)
        assert [r.received_bytes for r in hub.log.select("PUT")] == [150_000, 150_000, 100_000]
        assert hub.read(REPO, "w.pb") == WEIGHTS
        assert not list((tmp_path / "parts").iterdir())


def test_downloads_may_be_redirected_to_another_origin(tmp_path: Path) -> None:
    with (
        LoopbackHub(tmp_path, settings=HubSettings(cdn=True)) as hub,
        client_pointed_at(hub, tmp_path / "home"),
    ):
        hub.seed_repo(REPO, {"w.pb": WEIGHTS})
        assert Path(hf_hub_download(REPO, "w.pb")).read_bytes() == WEIGHTS
        assert hub.log.select("GET", "/_cdn/")


def test_many_clients_at_once_lose_nothing(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {})
    threads = [threading.Thread(target=HfApi().upload_file, kwargs=_upload(n), name=f"client-{n}") for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {f"{n}.txt" for n in range(8)} < set(loopback_hub.repo(REPO).files())


def _upload(number: int) -> dict[str, object]:
    return {"path_or_fileobj": b"x", "path_in_repo": f"{number}.txt", "repo_id": REPO}


def test_closing_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = threading.active_count()
    with LoopbackHub(tmp_path) as hub, client_pointed_at(hub, tmp_path / "home"):
        hub.seed_repo(REPO, {})
        HfApi().model_info(REPO)
    assert threading.active_count() == before


def test_a_defect_of_the_server_fails_the_test(tmp_path: Path) -> None:
    def use_a_broken_hub() -> None:
        with LoopbackHub(tmp_path) as hub, client_pointed_at(hub, tmp_path / "home"):
            hub.seed_repo(REPO, {})
            hub.repo(REPO).branches["main"] = "no such commit"
            with pytest.raises(HfHubHTTPError, match="defect"):
                HfApi().model_info(REPO)

    with pytest.raises(AssertionError, match="KeyError"):
        use_a_broken_hub()
