"""LoRAs, inversions and another VAE in a release: it computes what PyTorch computes with them, and says what it has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from converter.convert import Converted, convert_entry
from converter.errors import ConverterError
from converter.files import sha256_of
from converter.release import FolderView, verify
from converter.workshop import Workshop
from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.family import FamilyModel, tiny, write_diffusers
from tests.support.registries import diffusion_entry

ARCHITECTURES = ("sd1", "sd2", "sdxl")
ROWS = 49408


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A diffusers folder of each architecture, with a LoRA beside it."""
    root = tmp_path_factory.mktemp("blends")
    for architecture in ARCHITECTURES:
        write_diffusers(model_of(architecture), root / architecture)
        write_kohya_lora(model_of(architecture), root / f"{architecture}.safetensors")
    return {architecture: root / architecture for architecture in ARCHITECTURES}


@cache
def model_of(architecture: str) -> FamilyModel:
    return tiny(architecture)


def lora(folder: Path, **fields: object) -> dict[str, object]:
    return {"name": "style", "source": f"{folder}.safetensors", **fields}


def converted(workshop: Workshop, folder: Path, **fields: object) -> Converted:
    entry = diffusion_entry(**{"name": "blended", "source": str(folder), **fields})
    return convert_entry(entry, 1, workshop, parity=False)


def run(folder: Path, part: str, feed: Mapping[str, np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    session = ort.InferenceSession(str(folder / part / "model.onnx"), providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(feed)))


def with_lora(folder: Path, weight: float) -> Any:
    """diffusers' pipeline that carries the LoRA unfused, as PEFT layers beside the weights."""
    import diffusers

    xl = (folder / "text_encoder_2").is_dir()
    pipeline_class = diffusers.StableDiffusionXLPipeline if xl else diffusers.StableDiffusionPipeline
    pipeline = pipeline_class.from_pretrained(folder, local_files_only=True)
    pipeline.load_lora_weights(folder.parent, weight_name=f"{folder.name}.safetensors", adapter_name="style")
    pipeline.set_adapters(["style"], [weight])
    return pipeline


def unet_inputs(model: FamilyModel) -> dict[str, np.ndarray[Any, Any]]:
    random, unet = np.random.default_rng(3), model.configs["unet"]
    inputs = {
        "sample": random.standard_normal((2, 4, 16, 8), dtype=np.float32),
        "timestep": np.array([321.0], np.float32),
        "encoder_hidden_states": random.standard_normal((2, 20, unet["cross_attention_dim"]), dtype=np.float32),
    }
    if "text_encoder_2" in model.configs:
        width = model.configs["text_encoder_2"]["projection_dim"]
        inputs["text_embeds"] = random.standard_normal((2, width), dtype=np.float32)
        inputs["time_ids"] = np.array([[512, 512, 0, 0, 512, 512]] * 2, np.float32)
    return inputs


@pytest.mark.filterwarnings("ignore")  # of libraries, about their own versions
@pytest.mark.parametrize("architecture", ["sd1", pytest.param("sd2", marks=pytest.mark.slow), "sdxl"])
def test_the_blended_graphs_compute_what_pytorch_computes_with_the_lora_beside_the_weights(
    folders: Mapping[str, Path], workshop: Workshop, architecture: str
) -> None:
    import torch

    folder, model = folders[architecture], model_of(architecture)
    release = converted(workshop, folder, loras=[lora(folder, weight=0.7)]).folder
    pipeline, inputs = with_lora(folder, 0.7), unet_inputs(model)

    with torch.no_grad():
        tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
        added = {name: tensors.pop(name) for name in ("text_embeds", "time_ids") if name in tensors}
        keywords = {"added_cond_kwargs": added} if added else {}
        expected = pipeline.unet(*tensors.values(), **keywords, return_dict=False)[0].numpy()
        ids = torch.tensor([[49406, *range(300, 318), 49407]])
        states = {
            part: getattr(pipeline, part)(ids, output_hidden_states=True).hidden_states[-1].numpy()
            for part in ("text_encoder", "text_encoder_2")
            if part in model.configs
        }

    np.testing.assert_allclose(run(release, "unet", inputs)[0], expected, atol=1e-4)
    for part, state in states.items():
        dtype = np.int32 if part == "text_encoder" else np.int64
        np.testing.assert_allclose(run(release, part, {"input_ids": ids.numpy().astype(dtype)})[-1], state, atol=1e-4)
    plain = converted(workshop, folder, name="plain").folder
    assert np.abs(run(plain, "unet", inputs)[0] - expected).max() > 1e-2


def test_a_lora_may_have_one_weight_for_the_unet_and_one_for_the_text_encoder(
    folders: Mapping[str, Path], workshop: Workshop
) -> None:
    folder = folders["sd1"]
    weights = {"unet": 0.0, "text_encoder": 0.7}
    release = converted(workshop, folder, loras=[lora(folder, weight=weights)]).folder
    whole = converted(workshop, folder, name="whole", loras=[lora(folder, weight=0.7)]).folder
    plain = converted(workshop, folder, name="plain").folder

    def digest(place: Path, part: str) -> str:
        return sha256_of(place / part / "weights.pb")

    assert digest(release, "unet") == digest(plain, "unet") != digest(whole, "unet")
    assert digest(release, "text_encoder") == digest(whole, "text_encoder") != digest(plain, "text_encoder")


def test_the_manifest_and_the_card_say_what_was_blended(folders: Mapping[str, Path], workshop: Workshop) -> None:
    folder = folders["sdxl"]
    widths = {part: model_of("sdxl").configs[part]["hidden_size"] for part in ("text_encoder", "text_encoder_2")}
    inversion = write_inversion(widths, workshop.root / "goblin.safetensors", vectors=4)

    made = converted(
        workshop,
        folder,
        loras=[lora(folder, weight=0.5, label="A *style*")],
        inversions=[{"name": "goblin", "source": str(inversion), "token": "goblin"}],
    )

    (style,), (words,) = made.manifest.loras, made.manifest.inversions
    assert (style.name, style.weight, style.ranks, style.alphas) == (
        "style",
        {"unet": 0.5, "text_encoder": 0.5},
        (4, 4),
        (2.0, 2.0),
    )
    assert set(style.layers) == {"unet", "text_encoder", "text_encoder_2"}
    assert words.tokens == ("goblin", "goblin-0", "goblin-1", "goblin-2", "goblin-3", "goblin-all")
    assert (words.vectors, dict(words.widths)) == (4, widths)
    assert [(source.role, source.name) for source in made.manifest.sources] == [
        ("model", "blended"),
        ("lora", "style"),
        ("inversion", "goblin"),
    ]
    assert made.manifest.sources[1].files[0].sha256 == sha256_of(Path(f"{folder}.safetensors"))
    card = (made.folder / "README.md").read_text()
    assert "| style | 0.5 | 0.5 | LoRA | 4 |" in card
    assert (
        "| goblin | goblin, goblin\\-0, goblin\\-1, goblin\\-2, goblin\\-3, goblin\\-all | 4 | 64 and 128 | 1 |" in card
    )
    assert verify(FolderView(made.folder)).manifest == made.manifest


@pytest.mark.filterwarnings("ignore")
def test_the_tokens_of_an_inversion_have_the_same_ids_in_both_tokenizers_and_their_vectors_at_those_rows(
    folders: Mapping[str, Path], workshop: Workshop
) -> None:
    from transformers import CLIPTokenizer

    widths = {part: model_of("sdxl").configs[part]["hidden_size"] for part in ("text_encoder", "text_encoder_2")}
    inversion = write_inversion(widths, workshop.root / "goblin.safetensors", vectors=2)
    release = converted(
        workshop, folders["sdxl"], inversions=[{"name": "goblin", "source": str(inversion), "weight": 0.5}]
    ).folder

    prompts = [
        CLIPTokenizer.from_pretrained(release / name)("a goblin-1")["input_ids"]
        for name in ("tokenizer", "tokenizer_2")
    ]
    assert prompts[0] == prompts[1] == [49406, 320, ROWS + 2, 49407]
    for part, key in (("text_encoder", "clip_l"), ("text_encoder_2", "clip_g")):
        from safetensors.numpy import load_file

        vectors = load_file(inversion)[key] * np.float32(0.5)
        table = np.memmap(release / part / "weights.pb", np.float32, "r", shape=(ROWS + 4, widths[part]))
        np.testing.assert_array_equal(table[ROWS:], [vectors.sum(axis=0), vectors[0], vectors[1], vectors.sum(axis=0)])


def test_what_is_blended_decides_whether_a_finished_folder_is_used_again(
    folders: Mapping[str, Path], workshop: Workshop
) -> None:
    folder, path = folders["sd1"], workshop.root / "style.safetensors"
    write_kohya_lora(model_of("sd1"), path)
    loras = [{"name": "style", "source": str(path)}]
    assert not converted(workshop, folder, loras=loras).reused
    assert converted(workshop, folder, loras=loras).reused

    write_kohya_lora(model_of("sd1"), path, seed=1)

    assert not converted(workshop, folder, loras=loras).reused


def test_a_lora_that_is_not_what_is_pinned_stops_the_entry(folders: Mapping[str, Path], workshop: Workshop) -> None:
    folder = folders["sd1"]

    with pytest.raises(ConverterError, match=r"style: .*sd1\.safetensors has SHA-256 \w+, expected 0000"):
        converted(workshop, folder, loras=[lora(folder, sha256="0" * 64)])
    assert list(workshop.build.iterdir()) == []


def test_a_lora_of_another_architecture_is_refused_by_name(folders: Mapping[str, Path], workshop: Workshop) -> None:
    with pytest.raises(ConverterError) as caught:
        converted(workshop, folders["sd1"], loras=[lora(folders["sdxl"])])

    assert str(caught.value).startswith("lora style: sdxl.safetensors: ")
    assert "Stable Diffusion 1.x" in str(caught.value)


def test_two_inversions_that_give_one_token_are_refused(folders: Mapping[str, Path], workshop: Workshop) -> None:
    width = {"text_encoder": model_of("sd1").configs["text_encoder"]["hidden_size"]}
    first = write_inversion(width, workshop.root / "first.safetensors")
    second = write_inversion(width, workshop.root / "second.safetensors", seed=1)

    with pytest.raises(ConverterError, match="goblin"):
        converted(
            workshop,
            folders["sd1"],
            inversions=[
                {"name": "first", "source": str(first), "token": "goblin"},
                {"name": "second", "source": str(second), "token": "goblin"},
            ],
        )
