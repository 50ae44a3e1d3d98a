"""A release as a folder: plain files, or the links of the client's cache, and no others."""

import os
from pathlib import Path

import pytest

from converter.release import FolderView, ReleaseError, verify
from tests.support.release_folders import copied, fault_of, flipped


@pytest.fixture
def folder(pico_release: Path, tmp_path: Path) -> Path:
    return copied(pico_release, tmp_path / "pico.v1")


def test_a_link_is_refused_even_to_the_right_bytes(folder: Path, pico_release: Path) -> None:
    (folder / "unet/weights.pb").unlink()
    (folder / "unet/weights.pb").symlink_to(pico_release / "unet/weights.pb")
    assert "unet/weights.pb: a link or special file, expected plain files" in fault_of(folder)


def _cached(folder: Path) -> Path:
    """The folder as huggingface_hub's cache holds it: links into a folder of blobs."""
    repository = folder.parent / "models--acme--zoo"
    snapshot = repository / "snapshots" / ("a" * 40)
    folder.rename(repository.parent / "moved")
    (repository / "snapshots").mkdir(parents=True)
    (repository.parent / "moved").rename(snapshot)
    (repository / "blobs").mkdir()
    for number, path in enumerate(sorted(path for path in snapshot.rglob("*") if path.is_file())):
        path.symlink_to(path.rename(repository / "blobs" / f"{number}"))
    return snapshot


def test_the_links_of_the_clients_cache_are_followed(folder: Path) -> None:
    assert verify(FolderView(_cached(folder))).manifest.tag == "pico.v1"


def test_a_flipped_bit_behind_a_link_of_the_cache_is_found(folder: Path) -> None:
    snapshot = _cached(folder)
    flipped(snapshot / "unet/weights.pb")
    assert "unet/weights.pb: its bytes do not have the digest" in fault_of(snapshot)


def test_a_link_out_of_the_clients_cache_is_refused(folder: Path, pico_release: Path) -> None:
    snapshot = _cached(folder)
    (snapshot / "unet/weights.pb").unlink()
    (snapshot / "unet/weights.pb").symlink_to(pico_release / "unet/weights.pb")
    assert "unet/weights.pb: a link or special file" in fault_of(snapshot)


def test_the_records_of_the_client_do_not_count(folder: Path) -> None:
    (folder / ".cache/huggingface/download").mkdir(parents=True)
    (folder / ".cache/huggingface/download/README.md.metadata").write_text("0")
    assert verify(FolderView(folder)).manifest.tag == "pico.v1"


def test_a_linked_folder_is_refused(folder: Path, pico_release: Path) -> None:
    (folder / "more").symlink_to(pico_release)
    assert "more: a link or special file" in fault_of(folder)


def test_no_folder_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no such folder; expected a release"):
        FolderView(tmp_path / "nowhere").sizes()


def test_a_special_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "pipe: a link or special file" in fault_of(folder)


def test_a_small_file_that_is_too_large_is_not_read(folder: Path) -> None:
    with (folder / "manifest.json").open("wb") as file:
        file.truncate(1 << 30)
    assert "manifest.json: 1,073,741,824 bytes, expected at most 67,108,864" in fault_of(folder)
