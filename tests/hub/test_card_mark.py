"""The notice in the card of a yanked entry's branch on the Hugging Face Hub."""

import hashlib
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from converter.hub import unyank, yank
from converter.hub.card_mark import with_notice
from converter.hub.folder_store import FolderStore
from converter.release.checksums import read_checksums
from tests.support.failing_store import FailingStore, Killed
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_store import REPO, open_store, publish_now
from tests.support.tiny_release import contents_of, tiny_release

CARD = b"---\nlicense: mit\n---\n# pico\n"


@pytest.fixture
def hub(loopback_hub: LoopbackHub, tmp_path: Path) -> LoopbackHub:
    for version in (1, 2):
        publish_now(open_store(loopback_hub), tiny_release(tmp_path / f"v{version}", version=version))
    return loopback_hub


def test_the_branch_has_the_notice_and_the_tags_do_not(hub: LoopbackHub) -> None:
    yank(open_store(hub), "pico", "Wrong VAE.")

    assert b"> **Yanked: do not use this release.** Wrong VAE." in hub.read(REPO, "README.md", "pico")
    assert hub.read(REPO, "README.md", "pico.v1") == hub.read(REPO, "README.md", "pico.v2") == CARD


def test_only_the_card_and_its_checksum_differ_from_the_newest_release(hub: LoopbackHub) -> None:
    yank(open_store(hub), "pico", "Wrong VAE.")

    marked, released = hub.repo(REPO).files("pico"), hub.repo(REPO).files("pico.v2")
    assert set(marked) == set(released)
    assert {path for path in marked if marked[path] != released[path]} == {"README.md", "SHA256SUMS"}
    sums = read_checksums(hub.read(REPO, "SHA256SUMS", "pico"), "here")
    assert sums["README.md"] == hashlib.sha256(hub.read(REPO, "README.md", "pico")).hexdigest()


def test_another_reason_replaces_the_notice_and_a_good_release_has_none(hub: LoopbackHub) -> None:
    yank(open_store(hub), "pico", "First.")
    yank(open_store(hub), "pico", "Second.")
    assert b"First." not in hub.read(REPO, "README.md", "pico")
    assert hub.read(REPO, "README.md", "pico").count(b"Yanked") == 1

    unyank(open_store(hub), "pico")

    assert hub.repo(REPO).files("pico") == hub.repo(REPO).files("pico.v2")


def test_a_release_that_is_not_tagged_yet_is_left_to_its_own_run(hub: LoopbackHub, tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "v3", version=3, seed=3)
    calls = ["prepare", "tags", "branch_head", "read", "commit_folder", "files", "create_tag"]
    wrapped, log = FailingStore.wrap(open_store(hub), at=calls.index("create_tag") + 1)
    with pytest.raises(Killed):
        publish_now(wrapped, folder)
    assert log.calls == calls
    waiting = hub.repo(REPO).branches["pico"]

    yank(open_store(hub), "pico", "Wrong VAE.")

    assert hub.repo(REPO).branches["pico"] == waiting
    publish_now(open_store(hub), folder)
    assert hub.repo(REPO).tags["pico.v3"] == waiting


def test_a_folder_keeps_its_release_as_it_is(tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "v1")
    publish_now(FolderStore(tmp_path / "hub", name="file:hub"), folder)

    yank(FolderStore(tmp_path / "hub", name="file:hub"), "pico", "Wrong VAE.")

    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)
    assert "Wrong VAE." in (tmp_path / "hub/main/README.md").read_text()


@pytest.mark.parametrize("card", [CARD, b"# pico\n", b"", b"---\nno end", b"---\n---\n# pico"])
def test_the_notice_comes_after_the_front_matter_and_nothing_is_lost(card: bytes) -> None:
    marked = with_notice(card, "Wrong VAE.").decode()

    front = card.decode().split("---\n")[1] if card.count(b"---\n") == 2 else None
    assert front is None or yaml.safe_load(marked.split("---\n")[1]) == yaml.safe_load(front)
    assert marked.replace("> **Yanked: do not use this release.** Wrong VAE.\n\n", "").replace("\n", "") == (
        card.decode().replace("\n", "")
    )


def test_a_reason_cannot_become_markup() -> None:
    marked = with_notice(CARD, "x\n\n# y <script> [a](http://b) www.c.d").decode()

    tokens = MarkdownIt("commonmark").parse(marked.split("---\n", 2)[2])
    inner = [child.type for token in tokens for child in token.children or ()]
    assert [token.type for token in tokens if token.type.endswith("_open")] == [
        "blockquote_open",
        "paragraph_open",
        "heading_open",
    ]
    assert {"link_open", "html_inline", "image"}.isdisjoint(inner)
