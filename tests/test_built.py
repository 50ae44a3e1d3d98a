import json
from collections.abc import Mapping

import pytest

from converter.built import unbuilt
from converter.registry import parse_registry


def missing(section: str, **keys: object) -> tuple[str, ...]:
    raw = {"name": "a-name", "source": "org/model", **keys}
    (entry,) = parse_registry(json.dumps({section: [raw]}), "r.json").require_valid().entries
    return unbuilt(entry)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"source": "models/a.safetensors", "format": "safetensors"},
        {"source": "./models/folder"},
        {"source": "civitai://6266?type=Model"},
        {"source": "https://example.com/a.safetensors?x=1"},
        {"source": "huggingface://org/model/a.safetensors"},
        {"source": "models/a.ckpt", "format": "ckpt"},
        {"source": "models/a.pt", "format": "pt"},
        {"source": "models/a.pth", "format": "pth"},
        {"source": "models/a.bin", "format": "bin"},
        {"source": "huggingface://org/model@v1", "license": "mit", "label": "A", "description": "B", "hash": "c"},
        {"pipeline": "txt2img", "precision": "fp32", "optimize": "none", "version": "v1", "half": False},
        {"pipeline": "img2img", "image_size": 512, "opset": 18, "prediction_type": "epsilon"},
        {"loras": [], "inversions": [], "single_vae": False, "zero_terminal_snr": False, "control": False},
    ],
    ids=str,
)
def test_what_is_built_is_not_refused(keys: Mapping[str, object]) -> None:
    assert missing("diffusion", **keys) == ()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"precision": "fp16"}, "`precision: fp16` is not built yet; this version builds fp32"),
        ({"half": True}, "`precision: fp16-internal` is not built yet; this version builds fp32"),
        ({"optimize": "fused"}, "`optimize: fused` is not built yet; this version builds none"),
        ({"format": "zip"}, "`format: zip` is not built yet; this version builds safetensors, ckpt, pt, pth, bin"),
        ({"format": "onnx"}, "`format: onnx` is not built yet"),
        ({"opset": 14}, "`opset: 14` is not built yet; this version builds 18"),
        ({"pipeline": "inpaint"}, "`pipeline: inpaint` is not built yet; this version builds txt2img and img2img"),
        ({"version": "v2.1"}, "`version: v2.1` is not built yet; this version builds v1"),
        ({"image_size": 768}, "`image_size: 768` is not built yet; this version builds 512"),
        (
            {"prediction_type": "v_prediction"},
            "`prediction_type: v_prediction` is not built yet; this version builds epsilon",
        ),
        ({"zero_terminal_snr": True}, "`zero_terminal_snr: true` is not built yet"),
        ({"clip_skip": 2}, "`clip_skip: 2` is not built yet"),
        ({"vae": "org/vae"}, "`vae: huggingface://org/vae` is not built yet"),
        ({"single_vae": True}, "`single_vae: true` is not built yet"),
        ({"control": True}, "`control: true` is not built yet"),
        ({"config": "v1.yaml"}, "`config: v1.yaml` is not built yet"),
        ({"yanked": "It was a mistake."}, "`yanked: …` is not built yet"),
        ({"loras": [{"name": "x", "source": "a/b"}]}, "`loras: x` is not built yet"),
        ({"inversions": [{"name": "y", "source": "a/b"}]}, "`inversions: y` is not built yet"),
    ],
)
def test_what_is_not_built_is_refused_by_name_and_value(keys: Mapping[str, object], words: str) -> None:
    (phrase,) = missing("diffusion", **keys)
    assert phrase.startswith(words)


def test_a_value_that_does_not_print_is_escaped() -> None:
    assert all(phrase.isprintable() for phrase in missing("diffusion", loras=[{"name": "a\u200b", "source": "a/b"}]))


def test_everything_that_is_not_built_is_told_at_once() -> None:
    assert len(missing("diffusion", precision="int8", vae="org/vae", clip_skip=1)) == 3


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("upscaling", {"scale": 4}),
        ("correction", {}),
        ("sources", {}),
        ("networks", {"type": "lora"}),
        ("networks", {"type": "control"}),
    ],
)
def test_other_sections_are_refused_by_name(section: str, keys: Mapping[str, object]) -> None:
    assert missing(section, **keys) == (f"the section `{section}` is not built yet; this version builds `diffusion`",)


def test_translations_are_refused_by_name() -> None:
    (entry,) = parse_registry('{"strings": {"de": {}}}', "r.json").require_valid().entries
    assert unbuilt(entry) == ("the section `strings` is not built yet; this version builds `diffusion`",)
