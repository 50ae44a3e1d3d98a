"""The file hub: plain files, turns between writers, and nothing left of the killed."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from converter.files import NoSpaceError
from converter.hub import FileMissing, FileTooLarge, HubDenied, HubError, Moved, publish
from converter.hub.folder_copy import copy_files
from converter.hub.folder_errors import translated_os_errors
from converter.hub.folder_layout import commit_id
from converter.hub.folder_store import FolderStore
from converter.hub.local_release import open_release
from converter.progress import Progress, silent
from converter.release.errors import ReleaseError
from tests.support.tiny_release import contents_of, tiny_release

ROOT = Path(__file__).parents[2]

# Publishes the folder, and stops for good when the copy has come half way, as slow disks do.
HALF_COPIED = """
import sys, time
from pathlib import Path
from converter.hub import publish
from converter.hub.folder_store import FolderStore

def report(progress):
    if "copying" in progress.task and progress.done > 0:
        print("half", flush=True)
        time.sleep(600)

publish(FolderStore(Path(sys.argv[1]), name="file:hub"), Path(sys.argv[2]), report=report)
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "hub", name="file:hub")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_release(tmp_path / "release")


def commit(store: FolderStore, folder: Path, *, parent: str | None = None, consume: bool = False) -> str:
    store.prepare()
    release = open_release(folder)
    return store.commit_folder("pico", release, parent=parent, message="m", consume=consume, report=silent).commit


def stopped_half_way(hub: Path, folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HALF_COPIED, str(hub), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_copy_that_is_killed_leaves_no_release_and_the_next_run_finishes_it(tmp_path: Path, folder: Path) -> None:
    end(stopped_half_way(tmp_path / "hub", folder))
    store = FolderStore(tmp_path / "hub", name="file:hub")
    assert store.tags() == {}
    assert store.branch_head("pico") is None
    assert list((tmp_path / "hub/.incoming/pico").iterdir())

    publish(store, folder, report=silent)

    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)
    assert not (tmp_path / "hub/.incoming/pico").exists()


def test_what_a_killed_run_left_is_cleared_by_the_next_of_another_name(tmp_path: Path, folder: Path) -> None:
    end(stopped_half_way(tmp_path / "hub", folder))

    publish(FolderStore(tmp_path / "hub", name="file:hub"), tiny_release(tmp_path / "nano", "nano"), report=silent)

    assert not (tmp_path / "hub/.incoming/pico").exists()


def test_a_copy_that_is_still_running_is_left_alone(tmp_path: Path, folder: Path) -> None:
    process = stopped_half_way(tmp_path / "hub", folder)
    try:
        publish(FolderStore(tmp_path / "hub", name="file:hub"), tiny_release(tmp_path / "nano", "nano"), report=silent)

        assert list((tmp_path / "hub/.incoming/pico").iterdir())
    finally:
        end(process)


def test_a_second_writer_of_a_branch_waits_for_the_first(tmp_path: Path, folder: Path) -> None:
    first = stopped_half_way(tmp_path / "hub", folder)
    code = HALF_COPIED.replace("time.sleep(600)", "pass")
    command = [sys.executable, "-c", code, str(tmp_path / "hub"), str(folder)]
    second = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, text=True)
    try:
        time.sleep(1)
        assert second.poll() is None
    finally:
        end(first)

    assert second.wait(timeout=60) == 0
    assert contents_of(tmp_path / "hub/pico.v1") == contents_of(folder)


def test_a_commit_is_invisible_as_a_tag(store: FolderStore, folder: Path) -> None:
    head = commit(store, folder)

    assert store.branch_head("pico") == head
    assert store.tags() == {}
    assert store.read(head, "SHA256SUMS", 1 << 20) == (folder / "SHA256SUMS").read_bytes()


def test_the_commit_follows_from_the_content(tmp_path: Path, folder: Path) -> None:
    ids = {commit(FolderStore(tmp_path / f"hub{n}", name="file:hub"), folder) for n in (1, 2)}

    assert len(ids) == 1
    assert all(len(one) == 40 for one in ids)


def test_a_commit_on_an_outdated_parent_is_refused(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    commit(store, folder)

    with pytest.raises(Moved, match="branch pico has a new commit"):
        commit(store, tiny_release(tmp_path / "other", seed=1), parent=None)


def test_a_tag_that_exists_is_not_moved(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    head = commit(store, folder)
    store.create_tag("pico.v1", head)
    other = commit(store, tiny_release(tmp_path / "other", seed=1), parent=head)

    with pytest.raises(Moved, match=r"tag pico\.v1 was made by somebody else"):
        store.create_tag("pico.v1", other)

    assert store.tags()["pico.v1"] == head


def test_a_commit_that_was_replaced_cannot_be_tagged(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    head = commit(store, folder)
    commit(store, tiny_release(tmp_path / "other", seed=1), parent=head)

    with pytest.raises(Moved, match="is not there any more"):
        store.create_tag("pico.v1", head)


def test_a_consumed_folder_is_moved_and_not_copied(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    inode = (folder / "unet/weights.pb").stat().st_ino
    folder.chmod(0o700)

    publish(store, folder, consume=True, report=silent)

    assert not folder.exists()
    assert (tmp_path / "hub/pico.v1/unet/weights.pb").stat().st_ino == inode
    assert (tmp_path / "hub/pico.v1").stat().st_mode == (tmp_path / "hub").stat().st_mode


def test_a_consumed_folder_with_a_hard_link_is_copied(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    os.link(folder / "unet/weights.pb", tmp_path / "link")

    publish(store, folder, consume=True, report=silent)

    assert (tmp_path / "hub/pico.v1/unet/weights.pb").stat().st_nlink == 1
    assert folder.exists()


def test_a_folder_that_is_kept_shares_nothing_with_the_hub(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    publish(store, folder, report=silent)
    (folder / "unet/weights.pb").write_bytes(b"overwritten")

    assert len((tmp_path / "hub/pico.v1/unet/weights.pb").read_bytes()) == 20_000


def test_an_index_that_changed_since_it_was_read_is_not_replaced(store: FolderStore) -> None:
    store.prepare()
    stale = store.read_index().token
    store.replace_index({"index.json": b"{}"}, stale)

    with pytest.raises(Moved, match=r"index\.json was changed by somebody else"):
        store.replace_index({"index.json": b"[]"}, stale)

    assert store.read_index().index == b"{}"


def test_a_revision_may_be_a_tag_a_commit_or_a_branch(store: FolderStore, folder: Path) -> None:
    published = publish(store, folder, report=silent)

    listings = [store.files(revision) for revision in ("pico.v1", published.commit, "pico")]

    assert listings[0] == listings[1] == listings[2]
    assert {file.path for file in listings[0]} == set(contents_of(folder))


def test_an_unknown_revision_is_said_so(store: FolderStore) -> None:
    with pytest.raises(FileMissing, match="found no revision 'pico'"):
        store.files("pico")


def test_a_file_that_is_not_there_is_said_so(store: FolderStore, folder: Path) -> None:
    publish(store, folder, report=silent)

    with pytest.raises(FileMissing, match=r"'nothing\.json' is not in pico\.v1"):
        store.read("pico.v1", "nothing.json", 10)


def test_a_path_out_of_the_release_is_refused(store: FolderStore, folder: Path) -> None:
    publish(store, folder, report=silent)

    with pytest.raises(ReleaseError, match="leads out of the release"):
        store.read("pico.v1", "../main/index.json", 1 << 20)


def test_a_file_that_is_too_large_is_not_read(store: FolderStore, folder: Path) -> None:
    publish(store, folder, report=silent)

    with pytest.raises(FileTooLarge, match="larger than 10 bytes"):
        store.read("pico.v1", "unet/weights.pb", 10)


def test_a_hub_that_is_a_file_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "hub").write_text("")

    with pytest.raises(HubError, match="a file is there, expected a folder"):
        publish(FolderStore(tmp_path / "hub", name="file:hub"), folder, report=silent)


def test_a_hub_below_a_file_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HubError, match="Not a directory"):
        publish(FolderStore(tmp_path / "file/hub", name="file:hub"), folder, report=silent)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, NoSpaceError),
        (errno.EDQUOT, NoSpaceError),
        (errno.EACCES, HubDenied),
        (errno.EROFS, HubError),
        (errno.EIO, HubError),
    ],
)
def test_what_the_disk_says_becomes_an_error_of_ours(number: int, expected: type[Exception]) -> None:
    with pytest.raises(expected, match=r"^file:hub: .* \(weights\.pb\); "), translated_os_errors("file:hub"):
        raise OSError(number, os.strerror(number), "weights.pb")


def test_a_copy_is_equal_and_reports_every_byte(tmp_path: Path, folder: Path) -> None:
    sizes = {path: len(data) for path, data in contents_of(folder).items()}
    seen: list[Progress] = []

    copy_files(folder, tmp_path / "copy", sizes, "copying", seen.append)

    assert contents_of(tmp_path / "copy") == contents_of(folder)
    assert seen[-1].finished


def test_a_copy_from_a_file_system_that_cannot_copy_ranges_is_equal(tmp_path: Path) -> None:
    # /proc files have no size and refuse copy_file_range or answer zero.
    copy_files(Path("/proc/self"), tmp_path / "copy", {"cmdline": 0}, "copying", silent)

    assert (tmp_path / "copy/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes()


def test_a_commit_is_that_of_all_its_checksums(tmp_path: Path) -> None:
    data = b"0" * ((64 << 10) + 1)
    (tmp_path / "SHA256SUMS").write_bytes(data)

    assert commit_id(tmp_path) == hashlib.sha256(data).hexdigest()[:40]


def test_a_folder_in_the_place_of_the_checksums_makes_it_no_release(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").mkdir()

    assert commit_id(tmp_path) == hashlib.sha256(tmp_path.name.encode()).hexdigest()[:40]
