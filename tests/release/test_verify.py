"""`verify` of a folder: what is whole passes, and each fault is named by its file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from converter.progress import Progress
from converter.release import FolderView, verify
from tests.support.release_folders import copied, fault_of, flipped, reissued


@pytest.fixture
def folder(pico_release: Path, tmp_path: Path) -> Path:
    return copied(pico_release, tmp_path / "pico.v1")


def _manifest_changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest and its line in the checksums, but not the rest."""
    path, sums = folder / "manifest.json", folder / "SHA256SUMS"
    raw = json.loads(path.read_bytes())
    change(raw)
    path.write_text(json.dumps(raw))
    kept = [line for line in sums.read_text().splitlines() if not line.endswith("  manifest.json")]
    sums.write_text("\n".join([*kept, f"{FolderView(folder).sha256('manifest.json')}  manifest.json"]) + "\n")


def test_a_release_passes_with_its_numbers(pico_release: Path) -> None:
    found = verify(FolderView(pico_release))
    files = [path for path in pico_release.rglob("*") if path.is_file()]
    assert (found.files, found.size_bytes) == (len(files), sum(path.stat().st_size for path in files))
    assert found.manifest.tag == "pico.v1"


def test_a_copy_with_more_files_that_are_listed_passes(folder: Path) -> None:
    assert verify(FolderView(reissued(folder, {"notes/more.txt": b"text"}))).files


def test_what_the_hub_adds_to_every_branch_does_not_count(folder: Path) -> None:
    (folder / ".gitattributes").write_text("*.pb filter=lfs")
    assert verify(FolderView(folder)).manifest.tag == "pico.v1"


def test_the_progress_ends_at_the_size_of_what_was_read(pico_release: Path) -> None:
    seen: list[Progress] = []
    verify(FolderView(pico_release), report=seen.append)
    assert seen[-1].finished
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)


@pytest.mark.parametrize("path", ["unet/weights.pb", "tokenizer/merges.txt", "README.md", "vae_decoder/model.onnx"])
def test_one_flipped_bit_is_found(folder: Path, path: str) -> None:
    flipped(folder / path)
    assert f"\n  {path}: its bytes do not have the digest in SHA256SUMS" in fault_of(folder)


def test_a_flipped_bit_of_the_manifest_is_found(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"torch"', '"tcrch"'))
    assert "manifest.json: its bytes do not have the digest" in fault_of(folder)


@pytest.mark.parametrize("path", ["unet/weights.pb", "scheduler/scheduler_config.json"])
def test_a_missing_file_is_named(folder: Path, path: str) -> None:
    (folder / path).unlink()
    assert f"\n  {path}: missing, but listed in SHA256SUMS" in fault_of(folder)


@pytest.mark.parametrize("path", ["manifest.json", "SHA256SUMS"])
def test_a_folder_without_manifest_or_checksums_is_no_release(folder: Path, path: str) -> None:
    (folder / path).unlink()
    assert f"there is no {path}; expected a release folder" in fault_of(folder)


def test_a_file_that_every_release_has_must_be_listed(folder: Path) -> None:
    (folder / "unet/config.json").unlink()
    assert "unet/config.json: missing, every release has it" in fault_of(reissued(folder))


@pytest.mark.parametrize("path", ["unet/extra.bin", ".gitattributes.sh", "unet/.gitattributes", ".cache/x"])
def test_a_file_that_is_not_listed_is_named(folder: Path, path: str) -> None:
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).touch()
    assert f"\n  {path}: not listed in SHA256SUMS" in fault_of(folder)


def test_checksums_and_manifest_with_different_digests_are_found(folder: Path) -> None:
    _manifest_changed(folder, lambda raw: raw["files"][0].update(sha256="0" * 64))
    assert "manifest.json and SHA256SUMS have different digests" in fault_of(folder)


def test_a_size_that_the_manifest_has_otherwise_is_found(folder: Path) -> None:
    _manifest_changed(folder, lambda raw: raw["files"][0].update(size_bytes=7))
    assert "bytes, manifest.json says 7" in fault_of(folder)


def test_a_file_that_only_the_checksums_know_is_found(folder: Path) -> None:
    _manifest_changed(folder, lambda raw: raw["files"].pop(0))
    assert "in SHA256SUMS, but not in manifest.json" in fault_of(folder)


def test_a_file_that_only_the_manifest_knows_is_found(folder: Path) -> None:
    ghost = {"path": "ghost.bin", "size_bytes": 1, "sha256": "0" * 64}
    _manifest_changed(folder, lambda raw: raw["files"].append(ghost))
    assert "ghost.bin: in manifest.json, but not in SHA256SUMS" in fault_of(folder)


def test_all_faults_are_said_at_once(folder: Path) -> None:
    flipped(folder / "unet/weights.pb")
    (folder / "README.md").unlink()
    (folder / "extra").touch()
    assert "3 faults, do not use it" in fault_of(folder)


def test_one_fault_is_counted_as_one(folder: Path) -> None:
    flipped(folder / "unet/weights.pb")
    assert "1 fault, do not use it" in fault_of(folder)
