"""Yanking and retiring on each kind of hub: marked everywhere, nothing else touched, and cut off anywhere."""

from collections.abc import Callable
from pathlib import Path

import pytest

from converter.hub import (
    HubUnreachable,
    Index,
    Store,
    YankedRelease,
    download,
    read_published,
    retire,
    unretire,
    unyank,
    yank,
)
from converter.hub.folder_store import FolderStore
from converter.progress import silent
from tests.support.failing_store import FailingStore, Killed
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_store import REPO, open_store, publish_now
from tests.support.tiny_release import contents_of, tiny_release

REASON = "The VAE is *broken*."
Reopen = Callable[[], Store]


def fill(store: Store, tmp_path: Path) -> None:
    for name, version in (("pico", 1), ("pico", 2), ("nano", 1)):
        publish_now(store, tiny_release(tmp_path / f"{name}{version}", name, version))


@pytest.fixture(params=["file", "LFS", "Xet"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """A hub of each kind with three releases; each call opens it anew, as another run would."""
    if request.param == "file":
        root = tmp_path / "file-hub"
        fill(FolderStore(root, name="file:hub"), tmp_path)
        return lambda: FolderStore(root, name="file:hub")
    hub: LoopbackHub = request.getfixturevalue("loopback_hub_xet" if request.param == "Xet" else "loopback_hub")
    fill(open_store(hub), tmp_path)
    return lambda: open_store(hub)


def main_of(store: Store) -> tuple[object, ...]:
    state = store.read_index()
    return state.index, state.ledger


def marks(store: Store) -> dict[str, str]:
    return {row.tag: row.yanked for row in read_published(store).index.rows if row.yanked is not None}


def test_every_release_of_the_name_is_yanked_and_no_tag_moves(reopen: Reopen) -> None:
    tags = dict(reopen().tags())

    assert yank(reopen(), "pico", REASON) == ("pico.v1", "pico.v2")

    assert marks(reopen()) == {"pico.v1": REASON, "pico.v2": REASON}
    assert reopen().tags() == tags


def test_yanking_twice_writes_once(reopen: Reopen) -> None:
    yank(reopen(), "pico", REASON)
    before = main_of(reopen()), reopen().branch_head("pico")

    yank(reopen(), "pico", REASON)

    assert (main_of(reopen()), reopen().branch_head("pico")) == before


def test_a_yanked_release_is_downloaded_only_if_that_is_allowed(reopen: Reopen, tmp_path: Path) -> None:
    yank(reopen(), "pico", REASON)

    for wanted in ("pico", "pico.v1"):
        with pytest.raises(YankedRelease, match=r"VAE is \*broken\*.*--allow-yanked"):
            download(reopen(), wanted, tmp_path / "got", silent)
    assert not (tmp_path / "got").exists()
    to = download(reopen(), "pico", tmp_path / "got", silent, allow_yanked=True)
    assert contents_of(to) == contents_of(tmp_path / "pico2")


def test_what_is_good_again_is_as_it_was(reopen: Reopen) -> None:
    before = main_of(reopen())
    yank(reopen(), "pico", REASON)

    assert unyank(reopen(), "pico") == ("pico.v1", "pico.v2")

    assert main_of(reopen()) == before


def test_a_retired_name_keeps_its_releases_and_may_come_back(reopen: Reopen, tmp_path: Path) -> None:
    before = main_of(reopen())

    assert retire(reopen(), "nano") == ("nano.v1",)

    assert read_published(reopen()).ledger.retired == ("nano",)
    to = download(reopen(), "nano", tmp_path / "got", silent)
    assert contents_of(to) == contents_of(tmp_path / "nano1")
    unretire(reopen(), "nano")
    assert main_of(reopen()) == before


def test_a_name_that_was_never_published_is_not_retired(reopen: Reopen) -> None:
    assert retire(reopen(), "femto") == ()
    assert read_published(reopen()).ledger.retired == ()


def test_the_next_release_of_a_yanked_name_leaves_the_marks_and_is_good(reopen: Reopen, tmp_path: Path) -> None:
    yank(reopen(), "pico", REASON)
    following = tiny_release(tmp_path / "pico3", "pico", 3, seed=1)

    publish_now(reopen(), following)

    assert marks(reopen()) == {"pico.v1": REASON, "pico.v2": REASON}
    assert read_published(reopen()).index.find("pico").tag == "pico.v3"
    assert {file.path for file in reopen().files("pico.v3")} == set(contents_of(following))
    assert reopen().branch_head("pico") == reopen().tags()["pico.v3"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [Killed(), HubUnreachable("500")], ids=["killed", "unreachable"])
def test_a_run_that_is_cut_off_at_any_step_is_finished_by_the_same_algorithm(
    reopen: Reopen, error: BaseException, *, after: bool
) -> None:
    wrapped, log = FailingStore.wrap(reopen())
    yank(wrapped, "pico", REASON)
    wanted, calls = main_of(reopen()), len(log.calls)
    assert calls >= 6

    for at in range(1, calls + 1):
        unyank(reopen(), "pico")
        failing, _ = FailingStore.wrap(reopen(), at=at, error=error, after=after)
        try:
            yank(failing, "pico", REASON, pause=lambda _: None)
        except Killed:
            yank(reopen(), "pico", REASON)
        assert main_of(reopen()) == wanted, f"call {at} of {calls}: {log.calls[at - 1]}"


def test_a_yank_that_loses_a_race_with_a_publication_marks_all_and_loses_nothing(tmp_path: Path) -> None:
    class Interleaved(FolderStore):
        raced = False

        def replace_index(self, files: object, token: str | None) -> None:
            if not self.raced:
                self.raced = True
                store = FolderStore(tmp_path / "hub", name="file:hub")
                publish_now(store, tiny_release(tmp_path / "pico3", "pico", 3))
            super().replace_index(files, token)  # type: ignore[arg-type]

    fill(FolderStore(tmp_path / "hub", name="file:hub"), tmp_path)

    marked = yank(Interleaved(tmp_path / "hub", name="file:hub"), "pico", REASON, pause=lambda _: None)

    assert marked == ("pico.v1", "pico.v2", "pico.v3")
    index = Index.from_json((tmp_path / "hub/main/index.json").read_bytes(), "here")
    assert {row.tag for row in index.rows if row.yanked} == set(marked)


def test_index_ledger_and_catalogue_are_one_commit(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    fill(open_store(loopback_hub), tmp_path)
    loopback_hub.log.clear()

    yank(open_store(loopback_hub), "pico", REASON)

    commits = [request.path.rpartition("/")[2] for request in loopback_hub.log.select("POST", "/commit/")]
    assert commits == ["pico", "main"]
    assert r"`pico.v2`: The VAE is \*broken\*." in loopback_hub.read(REPO, "README.md").decode()
