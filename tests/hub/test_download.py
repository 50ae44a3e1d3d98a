"""Downloading from the file hub; `test_huggingface_store` does it over HTTP."""

import fcntl
import os
from pathlib import Path

import pytest

from converter.files import NoSpaceError
from converter.hub import DigestMismatch, HubError, ReleaseNotFound, Store, download, publish
from converter.hub.folder_store import FolderStore
from converter.progress import Progress, Report, silent
from tests.support.failing_store import FailingStore, Killed
from tests.support.tiny_release import contents_of, tiny_release, write_checksums

WEIGHTS = "unet/weights.pb"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "hub")
    for version in (1, 2):
        publish(store, tiny_release(tmp_path / f"release{version}", version=version, seed=version), report=silent)
    return tmp_path / "hub"


def open_store(root: Path) -> Store:
    return FolderStore(root, name="file:hub")


def leftovers(folder: Path) -> list[Path]:
    return sorted(folder.glob(".*.partial"))


def test_a_name_gives_the_latest_release(hub: Path, tmp_path: Path) -> None:
    assert contents_of(download(open_store(hub), "pico", tmp_path / "got", silent)) == contents_of(hub / "pico.v2")
    assert leftovers(tmp_path) == []


def test_a_tag_gives_that_release(hub: Path, tmp_path: Path) -> None:
    download(open_store(hub), "pico.v1", tmp_path / "deep/er/got", silent)

    assert contents_of(tmp_path / "deep/er/got") == contents_of(hub / "pico.v1")


def test_an_unknown_name_makes_nothing(hub: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseNotFound, match="did you mean pico"):
        download(open_store(hub), "pikco", tmp_path / "got", silent)

    assert not (tmp_path / "got").exists()
    assert leftovers(tmp_path) == []


def test_the_files_are_copies_and_no_links(hub: Path, tmp_path: Path) -> None:
    to = download(open_store(hub), "pico", tmp_path / "got", silent)

    assert all(path.stat().st_nlink == 1 and not path.is_symlink() for path in to.rglob("*") if path.is_file())


def test_an_empty_folder_is_filled(hub: Path, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()

    assert contents_of(download(open_store(hub), "pico", tmp_path / "got", silent)) == contents_of(hub / "pico.v2")


def test_a_release_that_is_there_already_is_not_fetched_again(hub: Path, tmp_path: Path) -> None:
    download(open_store(hub), "pico", tmp_path / "got", silent)
    wrapped, log = FailingStore.wrap(open_store(hub))

    download(wrapped, "pico", tmp_path / "got", silent)

    assert "fetch" not in log.calls


@pytest.mark.parametrize("spoil", ["other release", "other file", "changed byte"])
def test_a_folder_with_something_else_is_not_overwritten(hub: Path, tmp_path: Path, spoil: str) -> None:
    to = tmp_path / "got"
    if spoil == "other file":
        to.mkdir()
        (to / "thesis.tex").write_text("years of work")
    else:
        download(open_store(hub), "pico.v1" if spoil == "other release" else "pico", to, silent)
    if spoil == "changed byte":
        (to / WEIGHTS).write_bytes(b"\0" * 20_000)
    before = contents_of(to)

    with pytest.raises(HubError, match=r"found something else there .* delete it or name another folder"):
        download(open_store(hub), "pico", to, silent)

    assert contents_of(to) == before


def test_a_corrupted_byte_is_detected_on_arrival_and_thrown_away(hub: Path, tmp_path: Path) -> None:
    data = (hub / "pico.v2" / WEIGHTS).read_bytes()
    (hub / "pico.v2" / WEIGHTS).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    with pytest.raises(DigestMismatch, match=r"unet/weights\.pb of pico\.v2 arrived with SHA-256"):
        download(open_store(hub), "pico", tmp_path / "got", silent)

    assert not (tmp_path / "got").exists()
    assert not [path for path in leftovers(tmp_path) if (path / WEIGHTS).exists()]


def test_checksums_that_are_not_the_published_ones_are_detected(hub: Path, tmp_path: Path) -> None:
    class Swapped(FolderStore):
        def read(self, revision: str, path: str, max_bytes: int) -> bytes:
            return super().read(revision, path, max_bytes).replace(b"0", b"1")

    with pytest.raises(DigestMismatch, match="the index says"):
        download(Swapped(hub, name="file:hub"), "pico", tmp_path / "got", silent)


def test_a_release_that_lacks_a_file_is_refused_before_anything_is_fetched(hub: Path, tmp_path: Path) -> None:
    (hub / "pico.v2" / WEIGHTS).unlink()
    wrapped, log = FailingStore.wrap(open_store(hub))

    with pytest.raises(DigestMismatch, match=r"lacks unet/weights\.pb"):
        download(wrapped, "pico", tmp_path / "got", silent)

    assert "fetch" not in log.calls


@pytest.mark.parametrize("after", [False, True])
def test_a_download_that_is_killed_is_gone_on_with(hub: Path, tmp_path: Path, *, after: bool) -> None:
    wrapped, first = FailingStore.wrap(open_store(hub), at=8, after=after)
    with pytest.raises(Killed):
        download(wrapped, "pico", tmp_path / "got", silent)
    assert first.calls[-1] == "fetch"
    assert not (tmp_path / "got").exists()

    again, second = FailingStore.wrap(open_store(hub))
    download(again, "pico", tmp_path / "got", silent)

    assert contents_of(tmp_path / "got") == contents_of(hub / "pico.v2")
    arrived = first.calls.count("fetch") - (0 if after else 1)
    assert (
        second.calls.count("fetch") == len(contents_of(hub / "pico.v2")) - 1 - arrived
    )  # SHA256SUMS is read, not fetched
    assert leftovers(tmp_path) == []


def test_a_torn_file_of_a_killed_run_is_fetched_again(hub: Path, tmp_path: Path) -> None:
    wrapped, _ = FailingStore.wrap(open_store(hub), at=9)
    with pytest.raises(Killed):
        download(wrapped, "pico", tmp_path / "got", silent)
    torn = next(path for path in leftovers(tmp_path)[0].rglob("*") if path.is_file())
    torn.write_bytes(torn.read_bytes()[:1])

    download(open_store(hub), "pico", tmp_path / "got", silent)

    assert contents_of(tmp_path / "got") == contents_of(hub / "pico.v2")


def test_what_a_client_left_beside_the_files_does_not_get_into_the_folder(hub: Path, tmp_path: Path) -> None:
    class Littering(FolderStore):
        def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
            super().fetch(revision, path, to, report)
            (to / ".cache/client").mkdir(parents=True, exist_ok=True)
            (to / ".cache/client/state").write_text(path)

    download(Littering(hub, name="file:hub"), "pico", tmp_path / "got", silent)

    assert contents_of(tmp_path / "got") == contents_of(hub / "pico.v2")
    assert not (tmp_path / "got/.cache").exists()


def test_two_downloads_into_one_folder_do_not_mix(hub: Path, tmp_path: Path) -> None:
    class Second(FolderStore):
        def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
            download(open_store(hub), "pico", tmp_path / "got", silent)

    with pytest.raises(HubError, match="another download is writing there"):
        download(Second(hub, name="file:hub"), "pico", tmp_path / "got", silent)


def test_the_place_is_free_again_after_a_download(hub: Path, tmp_path: Path) -> None:
    to = download(open_store(hub), "pico", tmp_path / "got", silent)
    descriptor = os.open(to, os.O_RDONLY)

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_progress_counts_the_whole_release(hub: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []

    download(open_store(hub), "pico", tmp_path / "got", seen.append)

    assert {progress.task for progress in seen} == {"pico.v2: downloading"}
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].finished


def test_a_release_that_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "release")
    manifest = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(manifest.replace('"size_bytes": 20000', f'"size_bytes": {1 << 60}'))
    write_checksums(folder)
    publish(open_store(tmp_path / "hub"), folder, report=silent)
    wrapped, log = FailingStore.wrap(open_store(tmp_path / "hub"))

    with pytest.raises(NoSpaceError):
        download(wrapped, "pico", tmp_path / "got", silent)

    assert "fetch" not in log.calls
