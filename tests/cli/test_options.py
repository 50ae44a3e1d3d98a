"""What the shared options and the environment mean."""

from pathlib import Path

import pytest

from converter.cli.options import Place, civitai_access, default_cache, hub_access, source_policy


def test_sources_start_above_the_folder_registry(tmp_path: Path) -> None:
    assert Place(tmp_path / "registry" / "extras.json").root == tmp_path


def test_a_registry_elsewhere_belongs_to_its_own_folder(tmp_path: Path) -> None:
    assert Place(tmp_path / "mine" / "models.json").root == tmp_path / "mine"


def test_a_relative_registry_belongs_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Place(Path("registry/extras.json")).root == tmp_path


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    for name in ("HF_ENDPOINT", "HF_TOKEN", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert (hub_access().endpoint, hub_access().token) == (None, None)
    assert default_cache() == Path("/home/somebody/.cache/onnx-registry")


def test_endpoint_token_and_cache_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache")
    assert (hub_access().endpoint, hub_access().token) == ("http://127.0.0.1:1", "hf_x")
    assert default_cache() == Path("/var/cache/onnx-registry")


def test_folders_are_made_in_build_unless_another_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path / "registry" / "extras.json")
    assert place.workshop(None, tmp_path).build == tmp_path / "build"
    assert place.workshop(tmp_path / "other", tmp_path).build == tmp_path / "other"


def test_civitai_is_reached_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIVITAI_TOKEN", "c_x")
    assert (civitai_access().endpoint, civitai_access().token) == ("https://civitai.com", "c_x")
    monkeypatch.setenv("CIVITAI_TOKEN", "")
    monkeypatch.setenv("CIVITAI_ENDPOINT", "https://localhost:1/")
    assert (civitai_access().endpoint, civitai_access().token) == ("https://localhost:1", None)


@pytest.mark.parametrize(("ci", "allowed"), [("true", False), ("1", False), ("false", True), ("", True)])
def test_continuous_integration_forbids_paths_unless_they_are_allowed(
    monkeypatch: pytest.MonkeyPatch, ci: str, allowed: bool
) -> None:
    monkeypatch.setenv("CI", ci)
    assert source_policy(allow_local=False).allow_local is allowed
    assert source_policy(allow_local=True).allow_local


def test_private_addresses_and_plain_http_are_not_allowed_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK", raising=False)
    assert not source_policy(allow_local=True).allow_private
    monkeypatch.setenv("ONNX_REGISTRY_ALLOW_PRIVATE_NETWORK", "1")
    assert source_policy(allow_local=True).allow_private
    assert not source_policy(allow_local=True).allow_http
