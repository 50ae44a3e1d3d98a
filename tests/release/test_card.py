"""The model card: front matter that parses, figures that are the manifest's, and text that stays text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from converter.release import Manifest, escaped, model_card, readable_size
from tests.support.release_folders import manifest_of

_HOSTILE = [
    "---\nlicense: mit\n---",
    "`code` and ```fences```",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "](javascript:alert(1))",
    "![x](https://example.com/track.png)",
    "[click](javascript:alert(1))",
    "# not a heading",
    "one\n\n# two\n\n- three",
    "| a | b |",
    "1. not a list",
    "&lt;b&gt; &#60;b&#62;",
    "*bold* _it_ ~~gone~~ $x$",
    "\\",
    "\u2028# line separator",
    "    four spaces",
]


@pytest.fixture(scope="module")
def manifest(pico_release: Path) -> Manifest:
    return manifest_of(pico_release)


def with_source(manifest: Manifest, **changes: Any) -> Manifest:
    """A manifest whose model came from elsewhere."""
    return replace(manifest, sources=(replace(manifest.source, **changes), *manifest.sources[1:]))


def test_the_card_of_float16_has_the_one_limit_and_names_what_is_float32(manifest: Manifest) -> None:
    halves = [replace(component, precision="fp16") for component in manifest.components[:-1]]
    half = replace(manifest, precision="fp16", limits={"psnr_db": 50.0}, components=(*halves, manifest.components[-1]))
    card = model_card(half).decode()
    assert "as ONNX, fp16, opset 18" in card
    assert "In fp32 as a whole, because numbers overflow in float16 there: `vae_decoder`. " in card
    assert "the limits are at least 50 dB." in card


def test_the_card_says_which_onnxruntime_it_needs_and_that_nothing_can_be_blended_in_only_where_it_is_so(
    manifest: Manifest,
) -> None:
    needs, blends = (
        "It needs onnxruntime 1.23 or later: older versions refuse its operators",
        "No client can blend a LoRA",
    )
    plain = model_card(manifest).decode()
    assert needs not in plain
    assert blends not in plain
    limited = model_card(replace(manifest, minimum_onnxruntime="1.23")).decode()
    assert needs in limited
    assert ("With onnx-web" in plain, "With onnx-web" in limited) == (True, False)
    assert blends in model_card(replace(manifest, runtime_blending=False)).decode()


def test_the_card_of_a_fused_release_names_the_operators_and_who_runs_them(manifest: Manifest) -> None:
    first, *others = manifest.components
    components = (replace(first, fused={"Gelu": 1, "MultiHeadAttention": 2}), *others)
    card = model_card(replace(manifest, components=components)).decode()
    assert "as ONNX, fp32, fused, opset 18" in card
    assert "1 `Gelu` and 2 `MultiHeadAttention` stand for many operators" in card
    assert "another runtime refuses the graphs. Linear layers and convolutions\nhave their names" in card
    assert "Fused operators" not in model_card(manifest).decode()


def test_the_card_of_a_fused_release_that_cannot_blend_does_not_say_that_it_can(manifest: Manifest) -> None:
    first, *others = manifest.components
    components = (replace(first, fused={"Gelu": 1}), *others)
    card = model_card(replace(manifest, components=components, runtime_blending=False)).decode()
    assert "can still be blended in" not in card
    assert "No client can blend a LoRA" in card


def _front_matter(card: str) -> Any:
    start, front, _ = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(front)


def _body(card: str) -> str:
    return card.split("---\n", 2)[2]


def _headings(body: str) -> list[str]:
    tokens = MarkdownIt().parse(body)
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]


def _kinds(body: str) -> list[str]:
    """The block structure; equal for two cards that differ in text only."""
    return [token.type for token in MarkdownIt().enable("table").parse(body)]


def test_the_front_matter_is_what_the_hub_reads(manifest: Manifest) -> None:
    card = model_card(with_source(manifest, uri="huggingface://acme/fox@main")).decode()
    assert _front_matter(card) == {
        "license": "mit",
        "base_model": "acme/fox",
        "library_name": "onnx",
        "pipeline_tag": "text-to-image",
        "tags": ["onnx", "onnxruntime", "stable-diffusion", "text-to-image"],
    }


def test_a_local_source_has_no_base_model_and_no_licence_is_made_up(manifest: Manifest) -> None:
    front = _front_matter(model_card(replace(manifest, asked={"name": "pico"})).decode())
    assert "license" not in front
    assert "base_model" not in front


@pytest.mark.parametrize("text", _HOSTILE)
def test_a_hostile_licence_stays_one_string_of_the_front_matter(manifest: Manifest, text: str) -> None:
    card = model_card(replace(manifest, asked={"license": text})).decode()
    assert _front_matter(card)["license"] == text
    assert set(_front_matter(card)) == {"license", "library_name", "pipeline_tag", "tags"}


@pytest.mark.parametrize("text", _HOSTILE)
@pytest.mark.parametrize("field", ["label", "description"])
def test_hostile_text_does_not_change_the_structure_of_the_card(manifest: Manifest, field: str, text: str) -> None:
    tame = model_card(replace(manifest, asked={field: "plain words"})).decode()
    card = model_card(replace(manifest, asked={field: text})).decode()
    assert _kinds(_body(card)) == _kinds(_body(tame))
    assert _headings(_body(card))[1:] == _headings(_body(tame))[1:]


@pytest.mark.parametrize("text", _HOSTILE)
def test_a_hostile_source_or_file_name_does_not_change_the_structure_of_the_card(manifest: Manifest, text: str) -> None:
    tame = model_card(manifest).decode()
    files = tuple(replace(file, path=text) for file in manifest.source.files)
    card = model_card(with_source(manifest, uri=text, files=files)).decode()
    assert _kinds(_body(card)) == _kinds(_body(tame))


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_any_text_renders_as_itself(text: str) -> None:
    words = " ".join(text.split())
    tokens = MarkdownIt().parse(f"before\n\n{escaped(text)}\n\nafter")
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.type for token in tokens if token.nesting == 1] == ["paragraph_open"] * (3 if words else 2)
    assert {child.type for token in inline for child in token.children or ()} <= {"text", "text_special"}
    shown = ["".join(child.content for child in token.children or ()) for token in inline]
    assert shown == ["before", *([words] if words else []), "after"]


def test_every_parity_figure_is_in_the_card(manifest: Manifest) -> None:
    card = model_card(manifest).decode()
    for component in manifest.components:
        assert len(component.parity) == 2
        for parity in component.parity:
            assert f"| {parity.max_abs:.2g} |" in card


def test_a_folder_that_was_not_measured_says_so(manifest: Manifest) -> None:
    bare = tuple(replace(component, parity=()) for component in manifest.components)
    assert "Not measured" in model_card(replace(manifest, components=bare)).decode()


def test_the_card_says_how_to_load_this_very_release(manifest: Manifest) -> None:
    assert f'revision="{manifest.tag}"' in model_card(manifest).decode()


def test_the_python_of_the_card_is_python(manifest: Manifest) -> None:
    tokens = MarkdownIt().parse(_body(model_card(manifest).decode()))
    blocks = [token.content for token in tokens if token.type == "fence" and token.info == "python"]
    assert blocks
    for block in blocks:
        compile(block, "card", "exec")


def test_the_source_commit_and_digests_are_in_the_card(manifest: Manifest) -> None:
    card = model_card(with_source(manifest, commit="a" * 40)).decode()
    assert f"at commit `{'a' * 40}`" in card
    assert manifest.source.files
    assert all(file.sha256 in card for file in manifest.source.files)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (4_265_147_000, "4.27 GB"), (5_000_000_000_000, "5000.00 GB")],
)
def test_sizes_are_readable(size_bytes: int, text: str) -> None:
    assert readable_size(size_bytes) == text


def manifest_like(manifest: Manifest, graphs: tuple[str, ...] = (), **model: Any) -> Manifest:
    """A manifest of another sort of model, with these graphs if any are named."""
    record = replace(manifest.model, **model)
    components = tuple(replace(manifest.components[0], name=graph) for graph in graphs) or manifest.components
    return replace(manifest, model=record, components=components)


_INPAINT = {
    "architecture": "sd1-inpaint",
    "title": "Stable Diffusion 1.x inpainting",
    "pipeline": "StableDiffusionInpaintPipeline",
}
_XL = {"architecture": "sdxl", "title": "Stable Diffusion XL", "pipeline": "StableDiffusionXLPipeline"}
_REFINER = {
    "architecture": "sdxl-refiner",
    "title": "Stable Diffusion XL refiner",
    "pipeline": "StableDiffusionXLImg2ImgPipeline",
}
_UPSCALER = {
    "architecture": "sd-x4-upscaler",
    "title": "Stable Diffusion x4 upscaler",
    "pipeline": "StableDiffusionUpscalePipeline",
}
_CONTROLNET = {
    "architecture": "sdxl-controlnet",
    "title": "ControlNet for Stable Diffusion XL",
    "pipeline": None,
    "prediction_type": None,
}


@pytest.mark.parametrize(
    ("model", "task", "families"),
    [
        (_INPAINT, "image-to-image", []),
        (_XL, "text-to-image", ["stable-diffusion-xl"]),
        (_REFINER, "image-to-image", ["stable-diffusion-xl"]),
        (_UPSCALER, "image-to-image", []),
        (_CONTROLNET, "image-to-image", ["stable-diffusion-xl", "controlnet"]),
    ],
)
def test_the_front_matter_says_what_the_model_is_for(
    manifest: Manifest, model: dict[str, Any], task: str, families: list[str]
) -> None:
    front = _front_matter(model_card(manifest_like(manifest, **model)).decode())

    assert front["pipeline_tag"] == task
    assert front["tags"] == ["onnx", "onnxruntime", "stable-diffusion", *families, task]


@pytest.mark.parametrize("model", [_INPAINT, _XL, _REFINER, _UPSCALER, _CONTROLNET])
def test_the_card_says_what_the_model_is(manifest: Manifest, model: dict[str, Any]) -> None:
    assert f": {model['title']} as ONNX, fp32, opset 18, " in model_card(manifest_like(manifest, **model)).decode()


# A client is named where it has a class for the pipeline, and nowhere else.
@pytest.mark.parametrize(
    ("model", "named", "unnamed"),
    [
        (_INPAINT, ["ORTStableDiffusionInpaintPipeline", "OnnxStableDiffusionInpaintPipeline"], []),
        (_XL, ["ORTStableDiffusionXLPipeline"], ["`Onnx"]),
        (_REFINER, ["ORTStableDiffusionXLImg2ImgPipeline"], ["`Onnx"]),
        (_UPSCALER, [], ["`ORT", "`Onnx", "one for"]),
        (_CONTROLNET, [], ["`ORT", "`Onnx", "one for"]),
    ],
)
def test_clients_are_named_that_can_load_it(
    manifest: Manifest, model: dict[str, Any], named: list[str], unnamed: list[str]
) -> None:
    card = model_card(manifest_like(manifest, **model)).decode()

    assert [word for word in named if f"`{word}" not in card] == []
    assert [word for word in unnamed if word in card] == []


def test_onnx_web_is_promised_blending_only_at_levels_whose_weights_it_finds(manifest: Manifest) -> None:
    card = model_card(manifest).decode()
    stored_otherwise = model_card(replace(manifest, runtime_blending=False)).decode()

    for text in (card, stored_otherwise):
        assert f"hf download ORG/ZOO --revision {manifest.tag} --local-dir models/diffusion-{manifest.name}" in text
    assert "It can blend LoRAs" in card
    assert "It can blend LoRAs" not in stored_otherwise


def test_onnx_stack_is_named_where_it_has_a_class(manifest: Manifest) -> None:
    assert "`StableDiffusionPipeline.CreatePipeline(folder)`" in model_card(manifest).decode()
    assert "CreatePipeline" not in model_card(manifest_like(manifest, **_UPSCALER)).decode()


def test_a_controlnet_is_loaded_by_its_own_graph(manifest: Manifest) -> None:
    card = model_card(manifest_like(manifest, ("controlnet",), **_CONTROLNET)).decode()

    assert 'controlnet = onnxruntime.InferenceSession(f"{folder}/controlnet/model.onnx", options)' in card
    assert "unet =" not in card


@pytest.mark.parametrize(
    ("prediction", "zero", "words"),
    [
        ("epsilon", False, ""),
        ("v_prediction", False, "It predicts v\\_prediction: use the scheduler of this folder. "),
        (
            "v_prediction",
            True,
            "It predicts v\\_prediction, on a noise schedule with zero terminal signal-to-noise ratio: use the "
            "scheduler of this folder. ",
        ),
    ],
)
def test_another_prediction_than_epsilon_is_said(manifest: Manifest, prediction: str, zero: bool, words: str) -> None:
    model = manifest_like(manifest, prediction_type=prediction, zero_terminal_snr=zero)
    card = model_card(model).decode()

    assert words in card
    assert ("It predicts" in card) == bool(words)


def test_a_vae_from_elsewhere_is_in_the_card_with_its_digest(manifest: Manifest) -> None:
    file = replace(manifest.source.files[0], path="vae.safetensors", sha256="b" * 64)
    vae = replace(manifest.source, role="vae", uri="huggingface://acme/vae", commit="c" * 40, files=(file,))
    card = model_card(replace(manifest, sources=(manifest.source, vae))).decode()

    assert f"- vae: {escaped('huggingface://acme/vae')} at commit `{'c' * 40}`" in card
    assert f"| vae | {escaped('vae.safetensors')} | " in card
    assert "b" * 64 in card
    assert "Besides:" not in model_card(manifest).decode()
