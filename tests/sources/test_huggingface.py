"""Sources on the Hub, with the real client against a loopback hub: what is fetched, at which commit."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from converter.models import KeyMaps, open_model
from converter.progress import Progress
from converter.registry import HubSource
from converter.registry.source_syntax import parse_source
from converter.sources import Downloads, Fetched, HubAccess, SourceError, fetch
from tests.support.hub_model import NEEDED, REPO
from tests.support.loopback_hub import LoopbackHub

OTHERS = {
    "README.md": b"# Pico",
    "feature_extractor/preprocessor_config.json": b"{}",
    "pico-pruned.ckpt": b"pickle",
    "pico.safetensors": b"the same again",
    "safety_checker/model.safetensors": b"checker",
    "text_encoder/model.fp16.safetensors": b"half",
    "text_encoder/pytorch_model.bin": b"pickle",
    "unet/diffusion_flax_model.msgpack": b"flax",
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"other",
    "vae_decoder/model.onnx": b"onnx",
}


def fetched(hub: LoopbackHub, source: str, tmp_path: Path) -> Fetched:
    access = HubAccess(hub.endpoint, hub.token)
    return fetch(parse_source(source), root=tmp_path, downloads=Downloads(tmp_path), access=access)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_the_files_that_a_conversion_needs_are_downloaded(any_loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    hub = any_loopback_hub
    hub.seed_repo(REPO, {**NEEDED, **OTHERS})

    found = fetched(hub, REPO, tmp_path)

    assert contents(found.path) == NEEDED
    asked = {unquote(request.path.split("?")[0]) for request in hub.log if "/resolve/" in request.path}
    assert {path.split("/", 5)[-1] for path in asked} == set(NEEDED)


@pytest.mark.parametrize("source", [REPO, f"huggingface://{REPO}", f"huggingface://{REPO}@main"])
def test_the_commit_is_recorded(loopback_hub: LoopbackHub, tmp_path: Path, source: str) -> None:
    commit = loopback_hub.seed_repo(REPO, NEEDED)

    found = fetched(loopback_hub, source, tmp_path)

    assert found.commit == commit
    assert found.uri == (source if "://" in source else f"huggingface://{source}")


@pytest.mark.parametrize("kind", ["branch", "tag", "commit", "default"])
def test_a_revision_is_resolved_to_its_commit(loopback_hub: LoopbackHub, tmp_path: Path, kind: str) -> None:
    old = loopback_hub.seed_repo(REPO, NEEDED)
    loopback_hub.repo(REPO).tags["v1"] = old
    loopback_hub.repo(REPO).branches["fp32/old"] = old
    new = loopback_hub.seed_repo(REPO, {"unet/config.json": b'{"new": true}'})
    revision = {"branch": "fp32/old", "tag": "v1", "commit": old, "default": None}[kind]

    source = HubSource(REPO, revision)
    found = fetch(
        source,
        root=tmp_path,
        downloads=Downloads(tmp_path),
        access=HubAccess(loopback_hub.endpoint, loopback_hub.token),
    )

    assert found.commit == (new if revision is None else old)
    assert (found.path / "unet/config.json").read_bytes() == (b'{"new": true}' if revision is None else b"{}")
    assert found.uri == source.display()


def test_what_is_in_the_cache_is_not_downloaded_again(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, NEEDED)
    first = fetched(loopback_hub, REPO, tmp_path)
    loopback_hub.log.clear()

    second = fetched(loopback_hub, REPO, tmp_path)

    assert second == first
    assert loopback_hub.log.select("GET", "/resolve/") == []


def test_a_later_commit_is_another_folder_and_the_first_stays(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, NEEDED)
    first = fetched(loopback_hub, REPO, tmp_path)
    loopback_hub.seed_repo(REPO, {"vae/config.json": b'{"new": true}'})

    second = fetched(loopback_hub, REPO, tmp_path)

    assert (first.path / "vae/config.json").read_bytes() == b"{}"
    assert (second.path / "vae/config.json").read_bytes() == b'{"new": true}'


def test_a_branch_that_moves_during_the_download_does_not_mix_two_commits(
    loopback_hub: LoopbackHub, tmp_path: Path
) -> None:
    first = loopback_hub.seed_repo(REPO, NEEDED)
    moved: list[str] = []

    def move(progress: Progress) -> None:
        if not moved:  # the commit is resolved, nothing is downloaded yet
            moved.append(loopback_hub.seed_repo(REPO, dict.fromkeys(NEEDED, b'{"new": 1}')))

    access = HubAccess(loopback_hub.endpoint, loopback_hub.token)
    found = fetch(HubSource(REPO, None), root=tmp_path, downloads=Downloads(tmp_path), access=access, report=move)

    assert found.commit == first != moved[0]
    assert contents(found.path) == NEEDED


def test_progress_counts_the_bytes_of_the_needed_files(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    commit = loopback_hub.seed_repo(REPO, {**NEEDED, **OTHERS})
    seen: list[Progress] = []

    access = HubAccess(loopback_hub.endpoint, loopback_hub.token)
    fetch(HubSource(REPO, None), root=tmp_path, downloads=Downloads(tmp_path), access=access, report=seen.append)

    total = sum(map(len, NEEDED.values()))
    task = f"{REPO}@{commit[:8]}: downloading"
    assert seen == [Progress(task, 0, total, "bytes"), Progress(task, total, total, "bytes")]


def test_a_private_repository_is_read_with_the_token(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, NEEDED, private=True)

    assert contents(fetched(loopback_hub, REPO, tmp_path).path) == NEEDED


def test_an_interrupted_download_is_finished_by_the_next(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, NEEDED)
    first = fetched(loopback_hub, REPO, tmp_path)
    (first.path / "unet" / "diffusion_pytorch_model.safetensors").unlink()  # the link into the cache's blobs

    assert contents(fetched(loopback_hub, REPO, tmp_path).path) == NEEDED


def test_what_was_fetched_opens_as_a_model(
    loopback_hub: LoopbackHub, tmp_path: Path, pico_folder: Path, key_maps: KeyMaps
) -> None:
    loopback_hub.seed_repo(REPO, {p.relative_to(pico_folder).as_posix(): p for p in pico_folder.rglob("*.*")})

    with open_model(fetched(loopback_hub, REPO, tmp_path).path, key_maps) as model:
        assert model.layout == "diffusers"


@pytest.mark.parametrize("name", [name for name in NEEDED if not name.startswith("tokenizer/")])
def test_a_repository_that_lacks_a_needed_file_is_refused_before_anything_is_downloaded(
    loopback_hub: LoopbackHub, tmp_path: Path, name: str
) -> None:
    loopback_hub.seed_repo(REPO, {path: data for path, data in NEEDED.items() if path != name})

    with pytest.raises(
        SourceError, match=f"^{REPO}: there is no {name}[;,] expected a diffusers (pipeline|repository)"
    ):
        fetched(loopback_hub, REPO, tmp_path)

    assert loopback_hub.log.select(path="/resolve/") == []


def test_a_repository_of_checkpoints_is_refused_with_what_it_has(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    loopback_hub.seed_repo(REPO, {"README.md": b"", "a.ckpt": b"1", "b.safetensors": b"2", "lora/c.safetensors": b"3"})

    with pytest.raises(SourceError) as caught:
        fetched(loopback_hub, REPO, tmp_path)

    assert str(caught.value) == (
        f"{REPO}: there is no model_index.json, expected a diffusers pipeline "
        f"(it has a.ckpt, b.safetensors: name one, huggingface://{REPO}/a.ckpt)"
    )


def test_a_repository_with_half_precision_only_is_downloaded(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    files = {name.replace("model.safetensors", "model.fp16.safetensors"): data for name, data in NEEDED.items()}
    loopback_hub.seed_repo(REPO, files)

    assert contents(fetched(loopback_hub, REPO, tmp_path).path) == files


def test_a_repository_with_other_variants_only_is_refused(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    files = {name.replace("model.safetensors", "model.bf16.safetensors"): data for name, data in NEEDED.items()}
    loopback_hub.seed_repo(REPO, files)

    with pytest.raises(SourceError) as caught:
        fetched(loopback_hub, REPO, tmp_path)

    assert "there is no text_encoder/model.safetensors, unet/diffusion_pytorch_model.safetensors, " in str(caught.value)
    assert "expected a diffusers repository with its weights as safetensors or .bin" in str(caught.value)


UNET = "unet/diffusion_pytorch_model"
OTHER_FORMS = {
    "bin": {f"{UNET}.bin": b"torch weights"},
    "shards": {
        f"{UNET}.safetensors.index.json": b"{}",
        f"{UNET}-00001-of-00002.safetensors": b"first",
        f"{UNET}-00002-of-00002.safetensors": b"second",
    },
    "shards of bin": {f"{UNET}.bin.index.json": b"{}", f"{UNET}-00001-of-00001.bin": b"only"},
}


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_weights_in_another_form_are_downloaded_whole_and_alone(
    loopback_hub: LoopbackHub, tmp_path: Path, form: str
) -> None:
    needed = {**NEEDED, **OTHER_FORMS[form]}
    del needed[f"{UNET}.safetensors"]
    variants = {f"{UNET}.fp16.bin": b"half", f"{UNET}.fp16-00001-of-00002.safetensors": b"half"}
    loopback_hub.seed_repo(REPO, {**needed, **variants})

    assert contents(fetched(loopback_hub, REPO, tmp_path).path) == needed
