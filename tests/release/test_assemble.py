"""Finishing a release folder: what is written is recorded, and what is recorded is written."""

from dataclasses import replace
from pathlib import Path

from converter.release import FileRecord, Manifest, finish, read_checksums, record_of
from tests.support.release_folders import manifest_of
from tests.support.tiny_release import tiny_release


def _finished(folder: Path, made: Path) -> Manifest:
    """A folder with one graph file and one small file, finished with the manifest of `made`."""
    (folder / "unet").mkdir(parents=True)
    (folder / "unet/weights.pb").write_bytes(b"weights")
    bound = [record_of(folder / "unet/weights.pb", "unet/weights.pb")]

    def manifest(files: tuple[FileRecord, ...]) -> Manifest:
        return replace(manifest_of(made), files=files)

    return finish(folder, bound, {"scheduler/config.json": b"{}"}, manifest)


def test_the_manifest_records_what_it_was_given_and_what_was_written(tmp_path: Path) -> None:
    manifest = _finished(tmp_path / "new", tiny_release(tmp_path / "made"))
    assert [(file.path, file.size_bytes) for file in manifest.files] == [
        ("scheduler/config.json", 2),
        ("unet/weights.pb", 7),
    ]
    assert manifest_of(tmp_path / "new") == manifest


def test_the_checksums_list_every_file_but_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    _finished(folder, tiny_release(tmp_path / "made"))
    listed = read_checksums((folder / "SHA256SUMS").read_bytes(), "here")
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == set(found) - {"SHA256SUMS"}
    assert listed == {path: record_of(found[path], path).sha256 for path in listed}
