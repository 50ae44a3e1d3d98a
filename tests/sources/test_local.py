"""Local sources: relative to the repository root, absolute, or `file://`."""

from pathlib import Path

import pytest

from converter.registry import LocalSource
from converter.registry.source_syntax import parse_source
from converter.sources import Downloads, Fetched, HubAccess, SourceError, SourcePolicy, fetch


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "repository" / "models" / "my model.safetensors"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return path


def fetched(text: str, root: Path) -> Fetched:
    return fetch(parse_source(text), root=root, downloads=Downloads(root), access=HubAccess())


@pytest.mark.parametrize("text", ["models/my model.safetensors", "./models/my model.safetensors"])
def test_a_relative_path_starts_at_the_repository_root(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)  # not the root: where the program was started does not matter

    found = fetched(text, tmp_path / "repository")

    assert found.path.read_bytes() == b"weights"
    assert found == Fetched(tmp_path / "repository" / text, text, None)


def test_a_path_may_lead_out_of_the_repository(model: Path, tmp_path: Path) -> None:
    root = tmp_path / "repository" / "registry"
    root.mkdir()

    assert fetched("../models/my model.safetensors", root).path.resolve() == model


def test_an_absolute_path_is_taken_as_it_is(model: Path, tmp_path: Path) -> None:
    assert fetched(str(model), tmp_path / "elsewhere") == Fetched(model, str(model), None)


def test_a_file_address_is_percent_decoded(model: Path, tmp_path: Path) -> None:
    assert fetched(f"file://{model}".replace(" ", "%20"), tmp_path).path == model


def test_a_folder_is_a_source_too(model: Path, tmp_path: Path) -> None:
    assert fetched("./repository", tmp_path).path.is_dir()


def test_a_missing_relative_path_is_refused_with_where_it_starts(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        fetched("models/missing.safetensors", tmp_path)

    assert str(caught.value) == (
        "models/missing.safetensors: there is no such file or folder "
        f"(relative paths start at {tmp_path}); expected a checkpoint or a diffusers folder"
    )


def test_a_missing_absolute_path_is_refused_by_itself(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing: there is no such file or folder; expected a checkpoint or a"):
        fetched(str(tmp_path / "missing"), tmp_path)


def test_a_dangling_link_is_missing(tmp_path: Path) -> None:
    (tmp_path / "link.safetensors").symlink_to(tmp_path / "gone")

    with pytest.raises(SourceError, match="there is no such file"):
        fetch(LocalSource("link.safetensors"), root=tmp_path, downloads=Downloads(tmp_path), access=HubAccess())


def test_a_path_is_refused_where_paths_are_not_allowed(model: Path, tmp_path: Path) -> None:
    downloads = Downloads(tmp_path, SourcePolicy(allow_local=False))

    with pytest.raises(SourceError) as caught:
        fetch(LocalSource(str(model)), root=tmp_path, downloads=downloads, access=HubAccess())

    assert str(caught.value) == (
        f"{model}: found a path, expected a source on the web: paths are refused in continuous integration; "
        "use https://, civitai:// or huggingface://, or allow it with --allow-local"
    )
