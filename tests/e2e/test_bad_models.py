"""`release` of a registry whose models are each broken in another way, with a good one between them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from converter.release import FolderView, verify
from tests.support.command_line import Ran, run
from tests.support.registries import write_registry
from tests.support.sd1_models import pico, write_checkpoint, write_folder, write_safetensors
from tests.support.tiny_release import contents_of

_BIAS = "cond_stage_model.transformer.text_model.final_layer_norm.bias"


def _page(path: Path) -> None:
    path.write_text("<!DOCTYPE html>\n<html><body>Sign in to download</body></html>\n" * 50)


def _truncated(path: Path) -> None:
    write_checkpoint(pico(), path)
    path.write_bytes(path.read_bytes()[:-1000])


def _header_too_long(path: Path) -> None:
    path.write_bytes((10**6).to_bytes(8, "little") + b"{}      ")


def _missing(path: Path) -> None:
    write_checkpoint(pico(), path, rename={_BIAS: None})


def _unexpected(path: Path) -> None:
    write_checkpoint(pico(), path, extra={"model.diffusion_model.extra.weight": np.zeros((2, 2), np.float32)})


def _merged(path: Path) -> None:
    write_checkpoint(pico(), path, extra={"lora_unet_x.lora_down.weight": np.zeros((2, 2), np.float32)})


def _wrong_shape(path: Path) -> None:
    write_checkpoint(pico(), path, rename={_BIAS: None}, extra={_BIAS: np.zeros(63, np.float32)})


def _unknown(path: Path) -> None:
    write_safetensors(path, {"layer.weight": lambda: np.zeros((2, 2), np.float32)}, {"layer.weight": (2, 2)}, "float32")


def _another_architecture(path: Path) -> None:
    keys = ("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", "first_stage_model.decoder.conv_in.weight")
    write_safetensors(
        path, {key: lambda: np.zeros(2, np.float32) for key in keys}, dict.fromkeys(keys, (2,)), "float32"
    )


def _nan(path: Path) -> None:
    bias = np.zeros(64, np.float32)
    bias[7] = np.nan
    write_checkpoint(pico(changed={"text_model.final_layer_norm.bias": bias}), path)


def _pickle(path: Path) -> None:
    path.write_bytes(b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x8c\x06system\x93.")


def _empty(path: Path) -> None:
    path.touch()


BAD: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "page": (_page, ("page.safetensors", "HTML")),
    "truncated": (_truncated, ("truncated.safetensors", "1,000 are missing")),
    "header-too-long": (_header_too_long, ("header-too-long.safetensors", "1,000,000")),
    "missing": (_missing, ("final_layer_norm.bias",)),
    "unexpected": (_unexpected, ("1 unexpected key: model.diffusion_model.extra.weight",)),
    "merged": (_merged, ("its keys match Stable Diffusion 1.x and a LoRA",)),
    "wrong-shape": (_wrong_shape, ("final_layer_norm.bias has (63,), expected (64,)",)),
    "unknown": (_unknown, ("unknown.safetensors", "layer.weight")),
    "another-architecture": (
        _another_architecture,
        ("this is Stable Diffusion 3, no model to convert",),
    ),
    "nan": (_nan, ("text_model.final_layer_norm.bias", "NaN")),
    "pickle": (_pickle, ("pickle.safetensors",)),
    "empty": (_empty, ("empty.safetensors", "0 bytes")),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    (root / "models").mkdir()
    entries = []
    for name, (make, _) in BAD.items():
        make(root / "models" / f"{name}.safetensors")
        entries.append({"name": name, "source": f"models/{name}.safetensors"})
    write_folder(pico(seed=3), root / "models" / "good")
    entries.append({"name": "nowhere", "source": "./models/nowhere"})
    entries.insert(len(entries) // 2, {"name": "good", "source": "./models/good"})
    write_registry(root, *entries)
    return root


@pytest.fixture(scope="module")
def ran(root: Path, cache: Path, pico_release: Path) -> Ran:
    """One run over all of them."""
    return run("release", "--cache", cache, cwd=root)


def _said(ran: Ran, name: str) -> str:
    (line,) = [line for line in ran.err.splitlines() if line.startswith("failed") and line.split()[1] == f"{name}:"]
    return line


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_bad_model_is_said_in_one_line(ran: Ran, name: str) -> None:
    line = _said(ran, name)
    assert [part for part in BAD[name][1] if part not in line] == []


def test_a_source_that_is_not_there_is_said(ran: Ran) -> None:
    assert "there is no such file or folder (relative paths start at " in _said(ran, "nowhere")


def test_bad_models_fail_the_run(ran: Ran) -> None:
    assert ran.code == 1


def test_the_good_model_between_them_is_published(ran: Ran, root: Path) -> None:
    assert [line.split()[1] for line in ran.out.splitlines()] == ["good.v1:"]
    assert verify(FolderView(root / "hub" / "good.v1")).manifest.measured


def test_the_hub_has_nothing_of_the_bad_models(ran: Ran, root: Path) -> None:
    index = json.loads((root / "hub/main/index.json").read_bytes())
    assert [release["tag"] for release in index["releases"]] == ["good.v1"]
    assert {path.name for path in (root / "hub").iterdir() if not path.name.startswith(".")} == {"main", "good.v1"}
    assert not any((root / "hub/.commits").iterdir())


def test_nothing_half_made_is_left(ran: Ran, root: Path) -> None:
    assert list((root / "build").iterdir()) == []


def test_a_second_run_says_the_same_and_leaves_the_hub_as_it_is(ran: Ran, root: Path, cache: Path) -> None:
    hub = contents_of(root / "hub")
    again = run("release", "--cache", cache, cwd=root)
    assert (again.code, again.out) == (1, "")
    assert [_said(again, name) for name in BAD] == [_said(ran, name) for name in BAD]
    assert contents_of(root / "hub") == hub
