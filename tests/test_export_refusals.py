"""What cannot be a checkpoint or a folder is refused by name, and nothing half-made is left."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.export import OptimizeOfExportError, PrecisionOfExportError, TokensNeedTokenizerError, export_entry
from converter.graphs import GraphError
from converter.models import open_model
from converter.progress import Progress
from converter.source_digests import PinMismatchError
from converter.target import Target
from converter.torch_layouts import LayoutError
from converter.weights import WeightsError
from converter.workshop import Workshop
from tests.support.exports import exported, place
from tests.support.family import FamilyModel, markers, tiny, write_diffusers, write_original
from tests.support.inversions import vectors, write_inversion
from tests.support.registries import diffusion_entry

TARGETS = (Target.CHECKPOINT, Target.DIFFUSERS)


@pytest.fixture
def at(tmp_path: Path, cache: Path) -> Workshop:
    return place(tmp_path, cache)


def changed_config(folder: Path, part: str, **fields: object) -> Path:
    path = folder / part / ("scheduler_config.json" if part == "scheduler" else "config.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return folder


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("precision", ["fp16", "fp16-internal", "int8"])
def test_an_entry_in_less_than_float32_is_refused_as_its_file_would_be_float32(
    at: Workshop, target: Target, precision: str
) -> None:
    entry = diffusion_entry(name="pico", source="./source", precision=precision)
    with pytest.raises(PrecisionOfExportError, match=f"pico: `precision` is {precision}, .*written in fp32 only"):
        export_entry(entry, 1, at, target)
    assert not at.build.exists()


@pytest.mark.parametrize("target", TARGETS)
def test_an_entry_with_fused_operators_is_refused_as_its_file_would_have_none(at: Workshop, target: Target) -> None:
    entry = diffusion_entry(name="pico", source="./source", optimize="fused")
    with pytest.raises(OptimizeOfExportError, match=r"pico: `optimize` is fused, .*no operators that could be fused"):
        export_entry(entry, 1, at, target)
    assert not at.build.exists()


@pytest.mark.parametrize(
    ("part", "fields", "said"),
    [
        ("unet", {"norm_eps": 1e-6}, r"unet norm_eps 1e-05 in the place of 1e-06"),
        ("unet", {"attention_head_dim": 4}, r"unet attention_head_dim 8 in the place of 4"),
        ("vae", {"scaling_factor": 0.5}, r"vae scaling_factor 0.18215 in the place of 0.5"),
        ("scheduler", {"beta_end": 0.02}, r"scheduler beta_end 0.012 in the place of 0.02"),
        ("text_encoder", {"hidden_act": "gelu"}, r"text_encoder hidden_act 'quick_gelu' in the place of 'gelu'"),
    ],
)
def test_a_config_that_no_checkpoint_can_say_is_refused_by_field_and_fits_in_a_folder(
    at: Workshop, part: str, fields: Mapping[str, object], said: str
) -> None:
    source = changed_config(write_diffusers(tiny("sd1"), at.root / "source"), part, **fields)
    with pytest.raises(LayoutError, match=rf"pico: a checkpoint carries no configs, .*{said}.*--to diffusers"):
        exported(at, source, Target.CHECKPOINT)
    assert list(at.build.iterdir()) == []
    assert exported(at, source, Target.DIFFUSERS).is_dir()


@pytest.mark.parametrize("target", TARGETS)
def test_a_folder_without_one_of_its_parameters_is_refused_by_name(at: Workshop, target: Target) -> None:
    from safetensors.numpy import load_file, save_file

    source = write_diffusers(tiny("sd1"), at.root / "source")
    weights = source / "unet/diffusion_pytorch_model.safetensors"
    tensors = dict(load_file(weights))
    del tensors["mid_block.resnets.1.conv2.bias"]
    save_file({**tensors, "stray.weight": np.zeros(3, np.float32)}, weights)
    with pytest.raises(GraphError, match=r"unet: .*mid_block\.resnets\.1\.conv2\.bias.*unexpected key: stray\.weight"):
        exported(at, source, target)
    assert not at.build.exists() or list(at.build.iterdir()) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_number_that_is_not_finite_stops_it_and_leaves_nothing(at: Workshop, target: Target) -> None:
    name = "decoder.conv_in.bias"
    bad = np.full(tiny("sd1").shapes("vae")[name], np.nan, np.float32)
    model = tiny("sd1")
    broken = FamilyModel(**{**vars(model), "changed": {("vae", name): bad}})
    with pytest.raises(WeightsError, match=name.replace(".", r"\.")):
        exported(at, write_diffusers(broken, at.root / "source"), target)
    assert list(at.build.iterdir()) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_wrong_pin_stops_it_and_leaves_nothing(at: Workshop, target: Target) -> None:
    source = write_original(tiny("sd1"), at.root / "source.safetensors")
    with pytest.raises(PinMismatchError, match="expected " + "0" * 64):
        exported(at, source, target, sha256="0" * 64)
    assert list(at.build.iterdir()) == []


class Stopped(BaseException):
    """Ctrl-C at a known place."""


@pytest.mark.parametrize("target", TARGETS)
def test_an_interrupt_while_streaming_leaves_nothing_but_what_was_there_before(at: Workshop, target: Target) -> None:
    from converter.export import export_entry

    source = write_original(tiny("sd1"), at.root / "source.safetensors")
    path = exported(at, source, target)
    kept = sorted((file.relative_to(at.build), file.read_bytes()) for file in at.build.rglob("*") if file.is_file())
    write_original(tiny("sd1", seed=1), source)

    def stop(progress: Progress) -> None:
        if "streaming weights" in progress.task:
            raise Stopped

    with pytest.raises(Stopped):
        export_entry(diffusion_entry(name="pico", source=str(source)), 1, at, target, report=stop)
    assert path.exists()
    assert kept == sorted((f.relative_to(at.build), f.read_bytes()) for f in at.build.rglob("*") if f.is_file())


def inversion(at: Workshop, model: FamilyModel, count: int) -> list[dict[str, object]]:
    width = int(model.configs["text_encoder"]["hidden_size"])
    return [{"name": "cubex", "source": str(write_inversion(at.root, "concept", vectors(count, width)))}]


def test_a_checkpoint_of_an_entry_with_inversions_is_refused_with_what_to_do(at: Workshop) -> None:
    model = tiny("sd1")
    source = write_diffusers(model, at.root / "source")
    with pytest.raises(TokensNeedTokenizerError, match=r"inversions \(cubex\).*Use `--to diffusers`.*AUTOMATIC1111"):
        exported(at, source, Target.CHECKPOINT, inversions=inversion(at, model, 3))
    assert not at.build.exists()


def test_the_tokens_of_inversions_are_in_the_folder_with_their_rows(at: Workshop) -> None:
    from transformers import CLIPTextModel, CLIPTokenizer

    model = tiny("sd1")
    source = write_diffusers(model, at.root / "source")
    folder = exported(at, source, Target.DIFFUSERS, inversions=inversion(at, model, 3))
    ids: dict[str, int] = json.loads((folder / "manifest.json").read_text())["token_ids"]
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
    encoder, info = CLIPTextModel.from_pretrained(
        folder / "text_encoder", local_files_only=True, output_loading_info=True
    )
    rows = encoder.get_input_embeddings().weight.detach().numpy()
    assert not any(info.values()), info
    assert ids == {token: tokenizer.convert_tokens_to_ids(token) for token in ids}
    assert len(rows) == max(ids.values()) + 1
    values: Any = vectors(3, rows.shape[1])
    for place_of, vector in enumerate(values):
        np.testing.assert_array_equal(rows[ids[f"cubex-{place_of}"]], vector)


def test_a_tokenizer_that_no_checkpoint_has_is_refused(at: Workshop) -> None:
    model = tiny("sd1")
    source = write_diffusers(model, at.root / "source")
    folder = exported(at, source, Target.DIFFUSERS, inversions=inversion(at, model, 3))
    moved = shutil.move(folder, at.root / "with-tokens")
    with pytest.raises(LayoutError, match=r"tokenizer with tokens: 49408 in the place of 494\d\d"):
        exported(at, Path(moved), Target.CHECKPOINT)


@pytest.mark.parametrize("zero", [False, True])
def test_what_the_unet_predicts_is_found_again_in_the_checkpoint(at: Workshop, *, zero: bool) -> None:
    marks = ("v_pred", "ztsnr") if zero else ("v_pred",)
    source = write_original(tiny("sdxl"), at.root / "source.safetensors", extra=markers(*marks))
    path = exported(at, source, Target.CHECKPOINT)
    with open_model(path, at.key_maps) as model:
        assert set(marks) <= set(model.leftovers)
        assert model.prediction is not None
        assert (model.prediction.prediction_type, model.prediction.zero_terminal_snr) == ("v_prediction", zero)
        file = model.files[path.name]
        assert file.metadata["modelspec.prediction_type"] == "v"
        assert [file.info(mark).shape for mark in marks] == [(0,)] * len(marks)


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ("sd1", "stable-diffusion-v1"),
        ("sd1-inpaint", "stable-diffusion-v1-inpaint"),
        ("sd2", "stable-diffusion-v2-768-v"),
        ("sd2-base", "stable-diffusion-v2-512"),
        ("sdxl-refiner", "stable-diffusion-xl-v1-refiner"),
    ],
)
def test_the_header_says_what_the_file_is(at: Workshop, architecture: str, said: str) -> None:
    source = write_diffusers(tiny(architecture), at.root / "source")
    path = exported(at, source, Target.CHECKPOINT, label="Tiny", license="mit")
    with open_model(path, at.key_maps) as model:
        metadata = model.files[path.name].metadata
    assert {metadata[f"modelspec.{key}"] for key in ("architecture", "title", "license")} == {said, "Tiny", "mit"}
    assert "modelspec.merged_from" not in metadata
