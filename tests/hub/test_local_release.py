"""What a release folder must be before it is published."""

from pathlib import Path

import pytest

from converter.hub import DigestMismatch, HubError
from converter.hub.local_release import open_release, require_digests
from converter.progress import Progress, silent
from converter.release.errors import ReleaseError
from tests.support.tiny_release import tiny_release


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_release(tmp_path / "release")


def test_a_release_folder_lists_every_file(folder: Path) -> None:
    release = open_release(folder)

    assert set(release.sizes) == {*release.digests, "SHA256SUMS"}
    assert release.manifest.tag == "pico.v1"


def test_a_whole_folder_passes_its_checksums_and_reports_to_the_end(folder: Path) -> None:
    seen: list[Progress] = []

    require_digests(open_release(folder), seen.append)

    assert seen[-1].finished


def test_a_changed_byte_is_found(folder: Path) -> None:
    weights = folder / "unet/weights.pb"
    weights.write_bytes(b"\0" + weights.read_bytes()[1:])

    with pytest.raises(DigestMismatch, match=r"unet/weights\.pb: SHA-256 is .* SHA256SUMS says"):
        require_digests(open_release(folder), silent)


@pytest.mark.parametrize("missing", ["manifest.json", "SHA256SUMS"])
def test_a_folder_without_its_papers_is_no_release(folder: Path, missing: str) -> None:
    (folder / missing).unlink()

    with pytest.raises(HubError, match=f"{missing} is missing"):
        open_release(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "unet/weights.pb").unlink()

    with pytest.raises(HubError, match=r"unet/weights\.pb listed in SHA256SUMS but missing"):
        open_release(folder)


def test_a_file_too_many_is_named(folder: Path) -> None:
    (folder / "unet/.weights.pb.partial").write_bytes(b"")

    with pytest.raises(HubError, match=r"unet/\.weights\.pb\.partial there but not listed"):
        open_release(folder)


def test_a_symbolic_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model_index.json").rename(tmp_path / "elsewhere")
    (folder / "model_index.json").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(HubError, match=r"model_index\.json: not a plain file"):
        open_release(folder)


def test_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "unet").rename(tmp_path / "unet")
    (folder / "unet").symlink_to(tmp_path / "unet")

    with pytest.raises(HubError, match="unet: not a plain file"):
        open_release(folder)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no such folder"):
        open_release(tmp_path / "nothing")


def test_a_broken_manifest_is_an_error_of_the_release(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"{}")

    with pytest.raises(ReleaseError):
        open_release(folder)
