import json
from collections.abc import Mapping

import pytest

from converter.built import unbuilt
from converter.registry import parse_registry

BUILT = "this version builds `diffusion`, and ControlNets of `networks`"


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
        {"precision": "fp16"},
        {"precision": "fp16-internal"},
        {"precision": "int8"},
        {"half": True},
        {"optimize": "fused"},
        {"optimize": "fused", "precision": "fp16"},
        {"yanked": "It was a mistake."},
        {"pipeline": "inpaint", "version": "v2.1", "image_size": 768, "prediction_type": "v_prediction"},
        {"pipeline": "txt2img-sdxl", "zero_terminal_snr": True, "vae": "org/vae", "control": True},
        {"loras": [{"name": "x", "source": "a/b"}], "inversions": [{"name": "y", "source": "a/b"}]},
    ],
    ids=str,
)
def test_what_is_built_is_not_refused(keys: Mapping[str, object]) -> None:
    assert missing("diffusion", **keys) == ()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"optimize": "fused-cuda"},
            "`optimize: fused-cuda` is not built yet; its operators have kernels on CUDA only and were never run "
            "there, so that nothing vouches for them; this version builds none, fused",
        ),
        ({"format": "zip"}, "`format: zip` is not built yet; this version builds safetensors, ckpt, pt, pth, bin"),
        ({"format": "onnx"}, "`format: onnx` is not built yet"),
        ({"opset": 14}, "`opset: 14` is not built yet; this version builds 18"),
        ({"pipeline": "archive"}, "`pipeline: archive` is not built yet; this version builds models that are to be"),
        ({"clip_skip": 2}, "`clip_skip: 2` is not built yet"),
        ({"single_vae": True}, "`single_vae: true` is not built yet"),
        ({"config": "v1.yaml"}, "`config: v1.yaml` is not built yet"),
    ],
)
def test_what_is_not_built_is_refused_by_name_and_value(keys: Mapping[str, object], words: str) -> None:
    (phrase,) = missing("diffusion", **keys)
    assert phrase.startswith(words)


def test_a_value_that_does_not_print_is_escaped() -> None:
    assert all(phrase.isprintable() for phrase in missing("diffusion", config="a\u200b"))


def test_everything_that_is_not_built_is_told_at_once() -> None:
    assert len(missing("diffusion", opset=14, config="x.yaml", clip_skip=1)) == 3


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("upscaling", {"scale": 4}),
        ("correction", {}),
        ("sources", {}),
    ],
)
def test_other_sections_are_refused_by_name(section: str, keys: Mapping[str, object]) -> None:
    assert missing(section, **keys) == (f"the section `{section}` is not built yet; {BUILT}",)


@pytest.mark.parametrize("kind", ["lora", "inversion"])
def test_networks_that_are_no_controlnet_are_refused_by_their_type(kind: str) -> None:
    assert missing("networks", type=kind) == (f"the section `networks` of type `{kind}` is not built yet; {BUILT}",)


def test_controlnets_of_networks_are_built() -> None:
    assert missing("networks", type="control") == ()


def test_what_a_controlnet_may_not_be_yet_is_refused_as_for_a_model() -> None:
    assert missing("networks", type="control", opset=14) == ("`opset: 14` is not built yet; this version builds 18",)


def test_translations_are_refused_by_name() -> None:
    (entry,) = parse_registry('{"strings": {"de": {}}}', "r.json").require_valid().entries
    assert unbuilt(entry) == (f"the section `strings` is not built yet; {BUILT}",)
