"""Looks at the Hub: a repository or one file of it, at a commit, without the weights; and what it says no to."""

import hashlib
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.errors import ConverterError
from converter.models import KeyMaps, open_model
from converter.registry import HubFileSource, HubSource
from converter.sources import Downloads, HubAccess, Look, SourceError, SourcePolicy, SourceUnreachable, commit_of, look
from tests.support.loopback_hub import Answer, HubSettings, LoopbackHub, On, client_pointed_at

REPO = "org/pico"
UNET = "unet/diffusion_pytorch_model.safetensors"
ALWAYS = 10_000
POLICY = SourcePolicy(attempts=2)


@pytest.fixture
def cdn(tmp_path: Path) -> Iterator[LoopbackHub]:
    """A Hub that sends who wants a large file to another host."""
    with (
        LoopbackHub(tmp_path / "hub", settings=HubSettings(cdn=True)) as hub,
        client_pointed_at(hub, tmp_path / "home"),
    ):
        yield hub


def seeded(hub: LoopbackHub, folder: Path, repo: str = REPO) -> str:
    return hub.seed_repo(repo, {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()})


def looked(hub: LoopbackHub, source: HubSource | HubFileSource, tmp_path: Path) -> Look:
    downloads = Downloads(tmp_path / "downloads", POLICY, sleep=lambda _: None)
    return look(source, root=tmp_path, access=HubAccess(hub.endpoint, hub.token), downloads=downloads)


def headers(look: Look) -> tuple[str, ...]:
    assert not isinstance(look.place, Path)
    return look.place.weights(look.place.name).names


def refused(hub: LoopbackHub, source: HubSource | HubFileSource, tmp_path: Path) -> ConverterError:
    with pytest.raises(ConverterError) as caught:
        opened(hub, source, tmp_path)
    assert hub.token not in "".join(traceback.format_exception(caught.value))
    return caught.value


def opened(hub: LoopbackHub, source: HubSource | HubFileSource, tmp_path: Path) -> object:
    found = looked(hub, source, tmp_path)
    assert not isinstance(found.place, Path)
    return found.place.weights(found.place.name if isinstance(source, HubFileSource) else UNET)


def test_a_repository_is_recognised_from_its_headers(
    cdn: LoopbackHub, pico_folder: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    commit = seeded(cdn, pico_folder)
    files = [path for path in pico_folder.rglob("*") if path.is_file()]

    found = looked(cdn, HubSource(REPO, None), tmp_path)

    assert not isinstance(found.place, Path)
    with open_model(found.place, key_maps) as model, open_model(pico_folder, key_maps) as local:
        assert model.graph_configs == local.graph_configs
        assert {part: state.shapes for part, state in model.state_dicts.items()} == {
            part: state.shapes for part, state in local.state_dicts.items()
        }
        assert set(model.files) == set(local.files)
    assert (found.uri, found.commit, found.sha256) == (f"huggingface://{REPO}", commit, None)
    assert found.download_bytes == sum(path.stat().st_size for path in files)
    assert 0 < found.transferred_bytes < found.download_bytes / 5


def test_a_second_look_takes_the_small_files_from_the_cache(
    loopback_hub: LoopbackHub, pico_folder: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    seeded(loopback_hub, pico_folder)
    looks = [looked(loopback_hub, HubSource(REPO, None), tmp_path) for _ in range(2)]

    for found in looks:
        assert not isinstance(found.place, Path)
        open_model(found.place, key_maps).close()

    assert looks[1].transferred_bytes < looks[0].transferred_bytes


def test_a_file_is_looked_at_at_its_commit_and_with_its_digest(
    cdn: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    commit = seeded(cdn, pico_folder)

    found = looked(cdn, HubFileSource(REPO, "main", UNET), tmp_path)

    assert "conv_in.weight" in headers(found)
    assert (found.uri, found.commit) == (f"huggingface://{REPO}@main/{UNET}", commit)
    assert found.sha256 == hashlib.sha256((pico_folder / UNET).read_bytes()).hexdigest()
    assert found.download_bytes == (pico_folder / UNET).stat().st_size
    assert found.transferred_bytes < found.download_bytes / 2
    assert {asked.path for asked in cdn.log.select("GET", "/resolve/")} == {f"/{REPO}/resolve/{commit}/{UNET}"}


def test_the_token_is_for_the_hub_and_not_for_the_host_of_its_files(
    cdn: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    seeded(cdn, pico_folder)
    cdn.repo(REPO).private = True
    cdn.gate(REPO, cdn.token)

    assert headers(looked(cdn, HubFileSource(REPO, None, UNET), tmp_path))

    sent = {path: {asked.authorization for asked in cdn.log.select("GET", path)} for path in ("/resolve/", "/_cdn/")}
    assert sent == {"/resolve/": {f"Bearer {cdn.token}"}, "/_cdn/": {""}}


def test_a_local_folder_of_the_same_name_is_mentioned(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    (tmp_path / REPO).mkdir(parents=True)

    with pytest.raises(SourceError, match=rf"There is a folder {REPO} here: write \./{REPO} for it$"):
        looked(loopback_hub, HubSource(REPO, None), tmp_path)


def test_a_gated_file_is_refused_with_what_to_do(loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path) -> None:
    seeded(loopback_hub, pico_folder)
    loopback_hub.gate(REPO, "hf_other")

    error = refused(loopback_hub, HubFileSource(REPO, None, UNET), tmp_path)

    assert isinstance(error, SourceError)
    assert "the server answered 403" in str(error)
    assert str(error).endswith("it is gated: accept its terms on the Hub and set HF_TOKEN to a token that may read it")


def test_a_gated_repository_is_refused_at_its_first_file(
    loopback_hub: LoopbackHub, pico_folder: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    commit = seeded(loopback_hub, pico_folder)
    loopback_hub.gate(REPO, "hf_other")
    found = looked(loopback_hub, HubSource(REPO, None), tmp_path)
    assert not isinstance(found.place, Path)

    with pytest.raises(SourceError) as caught:
        open_model(found.place, key_maps)

    assert str(caught.value) == (
        f"{REPO}@{commit}: gated; accept its terms on the Hub and set HF_TOKEN to a token that may read it"
    )


@pytest.mark.parametrize("source", [HubSource("org/old", "main"), HubFileSource("org/old", None, UNET)])
def test_a_renamed_repository_is_refused_with_its_new_name(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path, source: HubSource | HubFileSource
) -> None:
    seeded(loopback_hub, pico_folder, "org/old")
    loopback_hub.rename_repo("org/old", "other/new")

    error = refused(loopback_hub, source, tmp_path)

    assert isinstance(error, SourceError)
    assert str(error) == ("org/old: renamed, expected the name that the repository has now; write other/new")


def test_a_missing_repository_is_refused_with_both_that_it_may_be(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    error = refused(loopback_hub, HubSource("org/missing", None), tmp_path)

    assert str(error).startswith("org/missing: missing, or private, which looks the same; ")


def test_what_is_no_pipeline_is_refused_with_the_checkpoints_that_it_has(
    loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    loopback_hub.seed_repo("org/files", {"v1.safetensors": b"weights"})

    error = refused(loopback_hub, HubSource("org/files", None), tmp_path)

    assert "name one, huggingface://org/files/v1.safetensors" in str(error)


def test_a_hub_that_is_out_of_order_is_unreachable(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    seeded(loopback_hub, pico_folder)
    loopback_hub.faults.arm(Answer(503), On(path="/resolve/", times=ALWAYS))

    error = refused(loopback_hub, HubFileSource(REPO, None, UNET), tmp_path)

    assert isinstance(error, SourceUnreachable)


def test_a_redirect_of_the_hub_to_the_metadata_service_is_refused(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    seeded(loopback_hub, pico_folder)
    to = {"Location": "http://169.254.169.254/latest/meta-data/"}
    loopback_hub.faults.arm(Answer(302, "moved", "", to), On(path="/resolve/", times=ALWAYS))

    error = refused(loopback_hub, HubFileSource(REPO, None, UNET), tmp_path)

    assert "169.254.169.254 is a link-local, metadata or multicast address" in str(error)


def test_the_commit_of_a_branch_is_that_of_its_head(loopback_hub: LoopbackHub, pico_folder: Path) -> None:
    commit = seeded(loopback_hub, pico_folder)
    access = HubAccess(loopback_hub.endpoint)

    assert commit_of(HubSource(REPO, None), access) == commit_of(HubFileSource(REPO, "main", UNET), access) == commit


def test_of_several_forms_of_the_same_weights_the_one_that_would_be_fetched_is_looked_at(
    loopback_hub: LoopbackHub, pico_folder: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    seeded(loopback_hub, pico_folder)
    others = ("unet/diffusion_pytorch_model.bin", f"{UNET}.index.json", "unet/diffusion_pytorch_model.fp16.safetensors")
    loopback_hub.seed_repo(REPO, dict.fromkeys(others, b"{}"))

    found = looked(loopback_hub, HubSource(REPO, None), tmp_path)

    assert not isinstance(found.place, Path)
    with open_model(found.place, key_maps) as model:
        assert UNET in model.files
