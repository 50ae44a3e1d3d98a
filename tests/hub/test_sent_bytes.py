"""What a release really sends to the Hugging Face Hub, as publishing says and as the Hub counts it."""

import json
from pathlib import Path

import pytest

from converter.hub import Index, PublishedRelease
from converter.hub.folder_store import FolderStore
from converter.hub.local_release import open_release
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_store import LARGE, REPO, index_of, open_store, publish_now
from tests.support.tiny_release import contents_of, tiny_release


def published(hub: LoopbackHub, folder: Path, *, token: str | None = None) -> tuple[PublishedRelease, int]:
    """The release in a folder, published; and how many bytes of files the Hub has received for it."""
    branch = open_release(folder).manifest.name
    before = hub.received_bytes(branch)
    release = publish_now(open_store(hub, token=token), folder)
    return release, hub.received_bytes(branch) - before


def bytes_of(folder: Path, *paths: str) -> int:
    return sum(len(contents_of(folder)[path]) for path in paths)


ABOUT = ("README.md", "SHA256SUMS", "manifest.json")


@pytest.fixture
def unlike(tmp_path: Path) -> dict[str, bytes]:
    """A large file in which no stretch is there twice, so that a chunk store has to be sent all of it."""
    return {
        "vae/weights.pb": contents_of(tiny_release(tmp_path / "seeded", weights_bytes=1_500_000))["unet/weights.pb"]
    }


def test_a_first_release_is_sent_whole(any_loopback_hub: LoopbackHub, unlike: dict[str, bytes], tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "pico", extra=unlike)

    release, received = published(any_loopback_hub, folder)

    assert release.sent_bytes == received == open_release(folder).size_bytes


def test_the_next_release_of_a_name_sends_what_changed(
    any_loopback_hub: LoopbackHub, unlike: dict[str, bytes], tmp_path: Path
) -> None:
    published(any_loopback_hub, tiny_release(tmp_path / "pico", extra=unlike))
    following = tiny_release(tmp_path / "next", version=2, seed=1, extra=unlike)
    any_loopback_hub.log.clear()

    release, received = published(any_loopback_hub, following)

    changed = {"unet/weights.pb", *ABOUT} - {"README.md"}  # the card of this support release names no version
    assert release.sent_bytes == received == bytes_of(following, *changed)
    assert any_loopback_hub.repo(REPO).files("pico.v2").keys() == {*contents_of(following), ".gitattributes"}


def test_what_another_name_has_is_taken_from_there(
    any_loopback_hub: LoopbackHub, unlike: dict[str, bytes], tmp_path: Path
) -> None:
    published(any_loopback_hub, tiny_release(tmp_path / "pico", extra=unlike))
    other = tiny_release(tmp_path / "nano", "nano", extra=unlike)

    release, received = published(any_loopback_hub, other)

    assert release.sent_bytes == received == bytes_of(other, *set(contents_of(other)) - {"vae/weights.pb"})
    assert any_loopback_hub.read(REPO, "vae/weights.pb", "nano.v1") == unlike["vae/weights.pb"]


def test_a_commit_names_no_file_that_stays_as_it_is(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    publish_now(open_store(loopback_hub), tiny_release(tmp_path / "pico", extra=LARGE))
    loopback_hub.log.clear()

    publish_now(open_store(loopback_hub), tiny_release(tmp_path / "next", version=2, seed=1, extra=LARGE))

    assert loopback_hub.log.select("PUT", "_storage") != []
    assert loopback_hub.log.select("POST", "paths-info") == []  # nothing is copied: it is on the branch


def test_an_index_that_names_no_files_costs_no_release(
    any_loopback_hub: LoopbackHub, unlike: dict[str, bytes], tmp_path: Path
) -> None:
    published(any_loopback_hub, tiny_release(tmp_path / "pico", extra=unlike))
    raw = json.loads(index_of(any_loopback_hub).to_json())
    del raw["releases"][0]["files"]
    any_loopback_hub.seed_repo(REPO, {"index.json": Index.from_json(json.dumps(raw).encode(), "").to_json()})
    other = tiny_release(tmp_path / "nano", "nano", extra=unlike)

    release, _ = published(any_loopback_hub, other)

    assert any_loopback_hub.read(REPO, "vae/weights.pb", "nano.v1") == unlike["vae/weights.pb"]
    assert release.sent_bytes == open_release(other).size_bytes


def test_a_file_of_a_tag_that_was_moved_is_sent_again(
    any_loopback_hub: LoopbackHub, unlike: dict[str, bytes], tmp_path: Path
) -> None:
    published(any_loopback_hub, tiny_release(tmp_path / "pico", extra=unlike))
    hub = any_loopback_hub.repo(REPO)
    hub.tags["pico.v1"] = hub.branches["main"]
    other = tiny_release(tmp_path / "nano", "nano", extra=unlike)

    release, _ = published(any_loopback_hub, other)

    assert release.sent_bytes == open_release(other).size_bytes


def test_a_folder_counts_nothing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "hub", name="file:hub")

    assert publish_now(store, tiny_release(tmp_path / "pico")).sent_bytes is None
