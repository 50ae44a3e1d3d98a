"""The Hugging Face hub, through the real client, against a loopback server."""

from pathlib import Path

import pytest
from huggingface_hub import snapshot_download

from converter.hub import (
    FileMissing,
    FileTooLarge,
    Index,
    PublishedRelease,
    ReleaseNotFound,
    TagConflict,
    download,
    publish,
    read_published,
)
from converter.hub.local_release import open_release
from converter.progress import Progress, silent
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_store import LARGE, REPO, index_of, open_store, publish_now
from tests.support.tiny_release import contents_of, tiny_release


@pytest.fixture(params=["loopback_hub", "loopback_hub_xet"])
def hub(request: pytest.FixtureRequest) -> LoopbackHub:
    """Once with Git LFS and once with Xet."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, LoopbackHub)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_release(tmp_path / "release", extra=LARGE)


def without_gitattributes(folder: Path) -> dict[str, bytes]:
    found = contents_of(folder)
    return {path: data for path, data in found.items() if path != ".gitattributes" and not path.startswith(".cache/")}


def test_the_plain_client_gets_the_release_by_its_tag(hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    publish_now(open_store(hub), folder)

    got = Path(snapshot_download(REPO, revision="pico.v1", local_dir=tmp_path / "got"))

    assert (got / ".gitattributes").exists()
    assert without_gitattributes(got) == contents_of(folder)


def test_a_release_is_one_commit_on_a_branch_with_nothing_of_main(hub: LoopbackHub, folder: Path) -> None:
    published = publish_now(open_store(hub), folder)

    assert hub.repo(REPO).tags == {"pico.v1": published.commit}
    assert hub.repo(REPO).branches["pico"] == published.commit
    assert len(hub.log.select("POST", "/commit/pico")) == 1
    assert set(hub.repo(REPO).files("pico")) == {*contents_of(folder), ".gitattributes"}
    assert [row.tag for row in index_of(hub).rows] == ["pico.v1"]
    assert 'snapshot_download("acme/zoo", revision="pico.v1")' in hub.read(REPO, "README.md").decode()


def test_publishing_twice_writes_nothing_the_second_time(hub: LoopbackHub, folder: Path) -> None:
    first = publish_now(open_store(hub), folder)
    hub.log.clear()

    second = publish_now(open_store(hub), folder)

    assert second == PublishedRelease("pico.v1", first.commit, already=True)
    assert {request.method for request in hub.log} == {"GET"}


def test_the_next_release_deletes_what_it_lacks(hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    publish_now(open_store(hub), folder)
    following = tiny_release(tmp_path / "next", version=2, seed=1)

    publish_now(open_store(hub), following)

    assert set(hub.repo(REPO).files("pico")) == {*contents_of(following), ".gitattributes"}
    assert set(hub.repo(REPO).files("pico.v1")) == {*contents_of(folder), ".gitattributes"}
    assert [row.tag for row in index_of(hub).rows] == ["pico.v1", "pico.v2"]


def test_a_tag_with_other_content_is_a_conflict_and_stays(hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    first = publish_now(open_store(hub), folder)

    with pytest.raises(TagConflict, match=r"hf:acme/zoo: tag pico\.v1"):
        publish_now(open_store(hub), tiny_release(tmp_path / "other", seed=1))

    assert hub.repo(REPO).tags == {"pico.v1": first.commit}


def test_a_download_equals_the_folder(hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    publish_now(open_store(hub), folder)
    seen: list[Progress] = []

    to = download(open_store(hub), "pico", tmp_path / "got", seen.append)

    assert contents_of(to) == contents_of(folder)
    assert seen[-1].finished


def test_files_are_listed_with_the_digests_of_the_large_ones(hub: LoopbackHub, folder: Path) -> None:
    publish_now(open_store(hub), folder)
    release = open_release(folder)

    listed = {file.path: file for file in open_store(hub).files("pico.v1")}

    assert {path: file.size_bytes for path, file in listed.items()} == dict(release.sizes)
    assert listed["vae/weights.pb"].sha256 == release.digests["vae/weights.pb"]


def test_an_index_that_somebody_broke_is_rebuilt(loopback_hub: LoopbackHub, folder: Path) -> None:
    publish_now(open_store(loopback_hub), folder)
    wanted = index_of(loopback_hub)
    loopback_hub.seed_repo(REPO, {"index.json": b"{"})

    assert read_published(open_store(loopback_hub)).index == wanted
    publish_now(open_store(loopback_hub), folder)
    assert index_of(loopback_hub) == wanted


def test_a_repository_that_does_not_exist_has_nothing_published(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    store = open_store(loopback_hub)

    assert read_published(store).index == Index()
    with pytest.raises(ReleaseNotFound):
        download(store, "pico", tmp_path / "got", silent)
    assert loopback_hub.log.select("POST") == []


def test_a_file_or_revision_that_is_not_there_is_said_so(loopback_hub: LoopbackHub, folder: Path) -> None:
    publish_now(open_store(loopback_hub), folder)

    with pytest.raises(FileMissing, match=r"reading nothing\.json of pico\.v1"):
        open_store(loopback_hub).read("pico.v1", "nothing.json", 10)
    with pytest.raises(FileMissing, match=r"listing the files of pico\.v9"):
        open_store(loopback_hub).files("pico.v9")


def test_a_file_that_is_too_large_is_not_read(loopback_hub: LoopbackHub, folder: Path) -> None:
    publish_now(open_store(loopback_hub), folder)

    with pytest.raises(FileTooLarge, match="larger than 10 bytes"):
        open_store(loopback_hub).read("pico.v1", "manifest.json", 10)


def test_uploads_are_reported_in_bytes(loopback_hub: LoopbackHub, folder: Path) -> None:
    seen: list[Progress] = []

    publish(open_store(loopback_hub), folder, report=seen.append)

    uploads = [progress for progress in seen if progress.task == "pico.v1: uploading"]
    assert uploads[-1].finished
    assert uploads[-1].total == open_release(folder).size_bytes
