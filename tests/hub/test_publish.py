"""Publishing: once, again, in conflict, cut off at every step, and in a race.

Against the file hub; `test_huggingface_store` does the same over HTTP.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import (
    DigestMismatch,
    HubError,
    HubUnreachable,
    Index,
    Moved,
    PublishedRelease,
    Store,
    StoredFile,
    TagConflict,
    download,
    publish,
    read_published,
)
from converter.hub.folder_store import FolderStore
from converter.progress import Progress, silent
from tests.support.failing_store import FailingStore, Killed
from tests.support.tiny_release import contents_of, tiny_release, write_checksums

CALLS = ["prepare", "tags", "branch_head", "commit_folder", "files", "create_tag", "read_index", "tags", "read", "read"]
CALLS += ["replace_index"]


def open_store(root: Path) -> Store:
    return FolderStore(root, name="file:hub")


def publish_now(store: Store, folder: Path, *, consume: bool = False) -> PublishedRelease:
    return publish(store, folder, consume=consume, report=silent, pause=lambda _: None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "hub")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_release(tmp_path / "release")


def test_a_published_release_is_a_tag_with_the_folders_content(store: Store, folder: Path, tmp_path: Path) -> None:
    published = publish_now(store, folder)

    assert published == PublishedRelease("pico.v1", store.tags()["pico.v1"], already=False)
    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)


def test_a_published_release_is_in_the_index_and_the_catalogue(store: Store, folder: Path, tmp_path: Path) -> None:
    publish_now(store, folder)

    index = Index.from_json((tmp_path / "hub/main/index.json").read_bytes(), "here")
    assert [(row.tag, row.license, row.commit) for row in index.rows] == [("pico.v1", "mit", store.tags()["pico.v1"])]
    assert "pico.v1" in (tmp_path / "hub/main/README.md").read_text()


def test_publishing_twice_does_nothing_the_second_time(store: Store, folder: Path, tmp_path: Path) -> None:
    first = publish_now(store, folder)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "hub").rglob("*") if path.is_file()}

    second = publish_now(store, folder)

    assert (second.commit, second.already) == (first.commit, True)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "hub").rglob("*") if path.is_file()}


def test_progress_reaches_the_end(store: Store, folder: Path) -> None:
    seen: list[Progress] = []

    publish(store, folder, report=seen.append)

    last = {progress.task: progress for progress in seen}
    assert last
    assert all(progress.finished for progress in last.values())


def test_another_release_of_the_same_tag_is_a_conflict_and_changes_nothing(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    publish_now(store, folder)
    before = contents_of(tmp_path / "hub")

    with pytest.raises(TagConflict, match=r"file:hub: tag pico\.v1 .*never moved") as caught:
        publish_now(store, tiny_release(tmp_path / "other", seed=1))

    assert caught.value.exit_code == ExitCode.PERSON
    assert contents_of(tmp_path / "hub") == before


def test_an_older_version_is_not_published_after_a_newer_one(store: Store, folder: Path, tmp_path: Path) -> None:
    publish_now(store, tiny_release(tmp_path / "newer", version=2))

    with pytest.raises(TagConflict, match=r"pico\.v2 is published.*as version 3"):
        publish_now(store, folder)


def test_the_next_version_leaves_the_former_as_it_was(store: Store, folder: Path, tmp_path: Path) -> None:
    publish_now(store, folder)
    publish_now(store, tiny_release(tmp_path / "next", version=2, seed=1))

    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)
    assert store.branch_head("pico") == store.tags()["pico.v2"]
    assert [row.tag for row in read_published(store).index.rows] == ["pico.v1", "pico.v2"]


def test_a_release_that_nobody_measured_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="unet was not compared with PyTorch"):
        publish_now(store, tiny_release(tmp_path / "bare", measured=False))

    assert not (tmp_path / "hub").exists()


@pytest.mark.parametrize("name", ["main", "Pico", "a.b", "../x"])
def test_a_name_that_the_hub_cannot_have_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(HubError, match=r"the hub's own branch|expected NAME\.vN"):
        publish_now(store, tiny_release(tmp_path / "odd", name))


def test_a_folder_with_a_changed_byte_is_not_published(store: Store, folder: Path) -> None:
    (folder / "unet/weights.pb").write_bytes(b"\0" * 20_000)

    with pytest.raises(DigestMismatch):
        publish_now(store, folder)

    assert store.tags() == {}


def test_the_steps_are_the_ones_that_are_cut_off_below(store: Store, folder: Path) -> None:
    wrapped, log = FailingStore.wrap(store)

    publish_now(wrapped, folder)

    assert log.calls == CALLS


@pytest.mark.parametrize("consume", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, len(CALLS) + 1))
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(
    tmp_path: Path, at: int, *, after: bool, consume: bool
) -> None:
    wanted = contents_of(tiny_release(tmp_path / "wanted"))
    wrapped, _ = FailingStore.wrap(open_store(tmp_path / "hub"), at=at, after=after)
    with pytest.raises(Killed):
        publish_now(wrapped, tiny_release(tmp_path / "release"), consume=consume)
    del wrapped

    publish_now(open_store(tmp_path / "hub"), tiny_release(tmp_path / "release"), consume=consume)

    assert sorted(open_store(tmp_path / "hub").tags()) == ["pico.v1"]
    assert contents_of(tmp_path / "hub/pico.v1") == wanted
    state = open_store(tmp_path / "hub").read_index()
    assert [row.tag for row in Index.from_json(state.index or b"", "index").rows] == ["pico.v1"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, len(CALLS) + 1))
def test_one_bad_answer_at_any_step_is_survived_within_the_run(tmp_path: Path, at: int, *, after: bool) -> None:
    error = HubUnreachable("500")
    wrapped, log = FailingStore.wrap(open_store(tmp_path / "hub"), at=at, error=error, after=after)

    published = publish_now(wrapped, tiny_release(tmp_path / "release"))

    assert published.tag == "pico.v1"
    assert log.calls.count("commit_folder") <= (1 if after else 2)
    assert [row.tag for row in read_published(open_store(tmp_path / "hub")).index.rows] == ["pico.v1"]


def test_a_hub_that_never_answers_is_given_up_after_some_pauses(folder: Path, store: Store) -> None:
    class Dead:
        def __getattr__(self, name: str) -> object:
            raise HubUnreachable("no answer")

    pauses: list[float] = []
    with pytest.raises(HubUnreachable) as caught:
        publish(Dead(), folder, report=silent, pause=pauses.append)  # type: ignore[arg-type]

    assert caught.value.exit_code == ExitCode.UNREACHABLE
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_publisher_that_loses_the_race_for_the_index_adds_its_row_to_the_winners(tmp_path: Path) -> None:
    winner = tiny_release(tmp_path / "winner", "nano")

    class Interleaved(FolderStore):
        raced = False

        def replace_index(self, files: object, token: str | None) -> None:
            if not self.raced:
                self.raced = True
                publish_now(open_store(tmp_path / "hub"), winner)
            super().replace_index(files, token)  # type: ignore[arg-type]

    publish_now(Interleaved(tmp_path / "hub", name="file:hub"), tiny_release(tmp_path / "release"))

    index = Index.from_json((tmp_path / "hub/main/index.json").read_bytes(), "here")
    assert [row.tag for row in index.rows] == ["nano.v1", "pico.v1"]


def test_two_publishers_of_the_same_release_make_one(tmp_path: Path) -> None:
    class Interleaved(FolderStore):
        raced = False

        def branch_head(self, branch: str) -> str | None:
            head = super().branch_head(branch)
            if not self.raced:
                self.raced = True
                publish_now(open_store(tmp_path / "hub"), tiny_release(tmp_path / "twin"))
            return head

    published = publish_now(Interleaved(tmp_path / "hub", name="file:hub"), tiny_release(tmp_path / "release"))

    assert published.already
    assert sorted(open_store(tmp_path / "hub").tags()) == ["pico.v1"]


def test_a_commit_that_differs_from_the_folder_is_not_tagged(tmp_path: Path, folder: Path) -> None:
    class Forgetful(FolderStore):
        def files(self, revision: str) -> Sequence[StoredFile]:
            return [file for file in super().files(revision) if file.path != "unet/weights.pb"]

    store = Forgetful(tmp_path / "hub", name="file:hub")
    with pytest.raises(HubError, match=r"differs from .* in unet/weights\.pb; it was not tagged"):
        publish_now(store, folder)

    assert store.tags() == {}


def test_a_release_is_downloaded_as_it_was_published(store: Store, folder: Path, tmp_path: Path) -> None:
    publish_now(store, folder)

    to = download(store, "pico", tmp_path / "got", silent)

    assert contents_of(to) == contents_of(folder)


def test_a_tag_that_somebody_made_by_hand_is_a_conflict(store: Store, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "hub/pico.v1").mkdir(parents=True)

    with pytest.raises(TagConflict, match="no checksums at all"):
        publish_now(store, folder)


def test_an_untagged_commit_of_an_earlier_content_is_replaced(tmp_path: Path, folder: Path) -> None:
    wrapped, _ = FailingStore.wrap(open_store(tmp_path / "hub"), at=CALLS.index("create_tag") + 1)
    with pytest.raises(Killed):
        publish_now(wrapped, tiny_release(tmp_path / "earlier", seed=5))
    del wrapped

    publish_now(open_store(tmp_path / "hub"), folder)

    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)
    assert not list((tmp_path / "hub/.commits").iterdir())


def test_moved_means_try_again() -> None:
    assert Moved("x").exit_code == ExitCode.UNREACHABLE


def test_checksums_that_change_make_another_release(folder: Path, store: Store) -> None:
    publish_now(store, folder)
    (folder / "README.md").write_text("---\nlicense: other\n---\n")
    write_checksums(folder)

    with pytest.raises(TagConflict):
        publish_now(store, folder)
