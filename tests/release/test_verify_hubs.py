"""`verify` of what is on a hub: the same faults are found as in a folder, and nothing large is downloaded."""

from pathlib import Path

import pytest

from converter.hub import HuggingFaceAddress, Store, open_hub, parse_hub, publish, view_of
from converter.progress import silent
from converter.release import ReleaseError, verify
from tests.support.loopback_hub import LoopbackHub
from tests.support.release_folders import copied, flipped, reissued

_REPO = "acme/zoo"


@pytest.fixture
def remote(any_loopback_hub: LoopbackHub, pico_release: Path) -> Store:
    """A remote hub with the tiny release."""
    store = open_hub(HuggingFaceAddress(_REPO), endpoint=any_loopback_hub.endpoint, token=None, root=None)
    publish(store, pico_release, verified=True, report=silent)
    any_loopback_hub.log.clear()
    return store


@pytest.fixture
def local(tmp_path: Path, pico_release: Path) -> Store:
    """A file hub with the tiny release."""
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    publish(store, pico_release, verified=True, report=silent)
    return store


def _fault(store: Store, revision: str) -> str:
    with pytest.raises(ReleaseError) as caught:
        verify(view_of(store, revision))
    return str(caught.value)


def test_a_remote_release_passes_without_a_download_of_its_weights(
    remote: Store, any_loopback_hub: LoopbackHub, pico_release: Path
) -> None:
    found = verify(view_of(remote, "pico.v1"))
    assert found.size_bytes == sum(path.stat().st_size for path in pico_release.rglob("*") if path.is_file())
    assert not any_loopback_hub.log.select(path="weights.pb")


def test_a_release_of_a_file_hub_passes(local: Store) -> None:
    assert verify(view_of(local, "pico.v1")).manifest.tag == "pico.v1"


def test_other_weights_on_a_remote_hub_are_found(
    remote: Store, any_loopback_hub: LoopbackHub, pico_release: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "weights.pb"
    damaged.write_bytes((pico_release / "unet/weights.pb").read_bytes())
    flipped(damaged)
    commit = any_loopback_hub.seed_repo(_REPO, {"unet/weights.pb": damaged}, revision="pico")
    assert "unet/weights.pb: its bytes do not have the digest in SHA256SUMS" in _fault(remote, commit)


def test_a_small_file_that_changed_on_a_remote_hub_is_found(remote: Store, any_loopback_hub: LoopbackHub) -> None:
    commit = any_loopback_hub.seed_repo(_REPO, {"README.md": b"# Other\n"}, revision="pico")
    assert "README.md: its bytes do not have the digest" in _fault(remote, commit)


def test_a_file_that_is_gone_from_a_remote_hub_is_named(remote: Store, any_loopback_hub: LoopbackHub) -> None:
    repo = any_loopback_hub.repo(_REPO)
    tree = {path: file for path, file in repo.files("pico").items() if path != "unet/weights.pb"}
    commit = repo.advance("pico", "Tampered", "", tree).oid
    assert "unet/weights.pb: missing, but listed in SHA256SUMS" in _fault(remote, commit)


def test_a_file_that_came_to_a_remote_hub_is_named(remote: Store, any_loopback_hub: LoopbackHub) -> None:
    commit = any_loopback_hub.seed_repo(_REPO, {"setup.py": b"import os"}, revision="pico")
    assert "setup.py: not listed in SHA256SUMS" in _fault(remote, commit)


def test_a_graph_on_a_remote_hub_whose_weights_are_short_is_found(
    any_loopback_hub: LoopbackHub, pico_release: Path, tmp_path: Path
) -> None:
    short = (pico_release / "unet/weights.pb").read_bytes()[:-64]
    folder = reissued(copied(pico_release, tmp_path / "short"), {"unet/weights.pb": short})
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    commit = any_loopback_hub.seed_repo("acme/short", files)
    store = open_hub(HuggingFaceAddress("acme/short"), endpoint=any_loopback_hub.endpoint, token=None, root=None)
    assert f"weights.pb has {len(short):,}" in _fault(store, commit)


def test_the_place_is_named_as_the_hub_is(remote: Store, any_loopback_hub: LoopbackHub) -> None:
    commit = any_loopback_hub.seed_repo(_REPO, {"setup.py": b""}, revision="pico")
    assert _fault(remote, commit).startswith(f"hf:{_REPO}: {commit}: 1 fault")


@pytest.mark.parametrize("path", ["unet/weights.pb", "README.md"])
def test_a_flipped_bit_in_a_file_hub_is_found(local: Store, tmp_path: Path, path: str) -> None:
    flipped(tmp_path / "hub/pico.v1" / path)
    assert f"{path}: its bytes do not have the digest" in _fault(local, "pico.v1")


def test_a_file_that_is_gone_from_a_file_hub_is_named(local: Store, tmp_path: Path) -> None:
    (tmp_path / "hub/pico.v1/unet/weights.pb").unlink()
    assert "unet/weights.pb: missing" in _fault(local, "pico.v1")
