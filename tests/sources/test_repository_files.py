"""Which files of a repository a conversion needs: all of those, no others, and never two forms of one thing."""

import random

import pytest

from converter.sources import SourceError, SourceKind
from converter.sources.repository_files import needed

CONFIGS = ["model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "vae/config.json"]
TOKENIZER = ["tokenizer/merges.txt", "tokenizer/vocab.json", "tokenizer/tokenizer_config.json"]
TOKENIZER_2 = [name.replace("tokenizer/", "tokenizer_2/") for name in TOKENIZER]
UNET = ["unet/diffusion_pytorch_model.safetensors"]
VAE = ["vae/diffusion_pytorch_model.safetensors"]
TEXT = ["text_encoder/config.json", "text_encoder/model.safetensors"]
TEXT_2 = ["text_encoder_2/config.json", "text_encoder_2/model.safetensors"]
SD = [*CONFIGS, *TOKENIZER, *UNET, *VAE, *TEXT]
SDXL = [*SD, *TEXT_2, *TOKENIZER_2]
REFINER = [*CONFIGS, *UNET, *VAE, *TEXT_2, *TOKENIZER_2]
UPSCALER = [*SD, "low_res_scheduler/scheduler_config.json"]
PIPELINES = {"sd": SD, "sdxl": SDXL, "refiner": REFINER, "upscaler": UPSCALER}
# What stabilityai/stable-diffusion-xl-base-1.0 and its like have besides.
OTHERS = [
    ".gitattributes",
    "README.md",
    "sd_xl_base_1.0.safetensors",
    "sd_xl_base_1.0_0.9vae.safetensors",
    "01.png",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "unet/diffusion_pytorch_model.bin",
    "unet/diffusion_pytorch_model.non_ema.safetensors",
    "unet/diffusion_flax_model.msgpack",
    "unet/model.onnx",
    "unet/openvino_model.xml",
    "vae/diffusion_pytorch_model.fp16.safetensors",
    "vae_1_0/config.json",
    "vae_1_0/diffusion_pytorch_model.safetensors",
    "vae_decoder/model.onnx",
    "safety_checker/config.json",
    "safety_checker/model.safetensors",
    "feature_extractor/preprocessor_config.json",
]


def shards(stem: str, suffix: str, count: int = 2) -> list[str]:
    return [f"{stem}-{number + 1:05}-of-{count:05}{suffix}" for number in range(count)]


def chosen(files: list[str], kind: SourceKind = SourceKind.PIPELINE) -> set[str]:
    found = needed("org/model", files, kind)
    assert len(set(found)) == len(found)
    return set(found)


def refusal(files: list[str], kind: SourceKind = SourceKind.PIPELINE) -> str:
    with pytest.raises(SourceError) as caught:
        needed("org/model", files, kind)
    return str(caught.value)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_is_taken_whole_and_nothing_else(pipeline: str) -> None:
    files = [*PIPELINES[pipeline], *OTHERS]

    assert chosen(files) == set(PIPELINES[pipeline])


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_order_in_which_files_are_listed_does_not_matter(pipeline: str) -> None:
    files = [*PIPELINES[pipeline], *OTHERS]
    mixed = random.Random(7).sample(files, len(files))

    assert chosen(mixed) == chosen(files)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_each_config_and_each_weight_that_is_missing_is_named(pipeline: str) -> None:
    whole = PIPELINES[pipeline]
    for name in whole:
        if name.startswith(("tokenizer", "low_res")):
            continue
        assert f"org/model: there is no {name}" in refusal([other for other in whole if other != name])


def test_a_pipeline_without_any_text_encoder_is_refused() -> None:
    message = refusal([*CONFIGS, *UNET, *VAE])

    assert message.startswith("org/model: there is no text_encoder/config.json, text_encoder/model.safetensors;")
    assert "expected a diffusers repository with its weights as safetensors or .bin" in message


FORMS = {
    "safetensors": ["unet/diffusion_pytorch_model.safetensors"],
    "shards": [
        "unet/diffusion_pytorch_model.safetensors.index.json",
        *shards("unet/diffusion_pytorch_model", ".safetensors"),
    ],
    "bin": ["unet/diffusion_pytorch_model.bin"],
    "bin in shards": ["unet/diffusion_pytorch_model.bin.index.json", *shards("unet/diffusion_pytorch_model", ".bin")],
    "half precision": ["unet/diffusion_pytorch_model.fp16.safetensors"],
    "half precision bin": ["unet/diffusion_pytorch_model.fp16.bin"],
}
"""From the form that is preferred to the one that is taken last."""


@pytest.mark.parametrize("form", FORMS)
def test_weights_are_taken_in_the_first_form_that_there_is(form: str) -> None:
    names = list(FORMS)
    without = [name for name in SDXL if name not in UNET]
    there = [name for other in names[names.index(form) :] for name in FORMS[other]]

    assert chosen([*without, *there]) == {*without, *FORMS[form]}


def test_a_component_may_have_another_form_than_its_neighbour() -> None:
    files = [name for name in SDXL if name not in VAE]

    assert chosen([*files, "vae/diffusion_pytorch_model.fp16.safetensors"]) == {
        *files,
        "vae/diffusion_pytorch_model.fp16.safetensors",
    }


def test_shards_of_a_variant_are_not_taken_for_those_of_the_whole() -> None:
    files = [name for name in SD if name not in UNET]
    half = shards("unet/diffusion_pytorch_model.fp16", ".safetensors")

    assert chosen([*files, *FORMS["shards"], *half]) == {*files, *FORMS["shards"]}
    assert "there is no unet/diffusion_pytorch_model.safetensors;" in refusal([*files, *half])


def test_a_repository_of_checkpoints_is_refused_with_the_line_that_names_one() -> None:
    assert refusal(["a.ckpt", "b.safetensors", "lora/c.safetensors"]) == (
        "org/model: there is no model_index.json, expected a diffusers pipeline (it has a.ckpt, b.safetensors: name "
        "one, huggingface://org/model/a.ckpt)"
    )


def test_a_repository_of_nothing_known_is_refused_without_a_hint() -> None:
    assert refusal(["README.md"]) == "org/model: there is no model_index.json, expected a diffusers pipeline"


ALONE = {SourceKind.VAE: "vae", SourceKind.CONTROLNET: "controlnet"}


@pytest.mark.parametrize("kind", ALONE)
def test_a_model_of_its_own_is_its_config_and_its_weights(kind: SourceKind) -> None:
    own = ["config.json", "diffusion_pytorch_model.safetensors"]
    others = ["README.md", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin", "a.safetensors"]

    assert chosen([*own, *others], kind) == set(own)


@pytest.mark.parametrize("kind", ALONE)
def test_a_model_inside_a_pipeline_is_taken_without_the_rest(kind: SourceKind) -> None:
    place = ALONE[kind]
    own = [f"{place}/config.json", f"{place}/diffusion_pytorch_model.safetensors"]
    rest = [name for name in [*SDXL, *OTHERS] if not name.startswith(f"{place}/")]

    assert chosen([*own, *rest], kind) == set(own)


@pytest.mark.parametrize("kind", ALONE)
@pytest.mark.parametrize("form", FORMS)
def test_a_model_of_its_own_may_have_any_form(kind: SourceKind, form: str) -> None:
    own = ["config.json", *(name.removeprefix("unet/") for name in FORMS[form])]

    assert chosen([*own, "README.md"], kind) == set(own)


@pytest.mark.parametrize("kind", ALONE)
def test_a_repository_of_another_kind_is_refused_by_what_it_should_have(kind: SourceKind) -> None:
    place = ALONE[kind]

    assert refusal(["b.safetensors", "unet/config.json"], kind) == (
        f"org/model: there is neither config.json nor {place}/config.json, expected a {place} (it has b.safetensors: "
        "name one, huggingface://org/model/b.safetensors)"
    )
    assert f"there is no {place}/diffusion_pytorch_model.safetensors;" in refusal([f"{place}/config.json"], kind)
