"""A release as its users see it: downloaded by the plain client, loaded by theirs, and equal to the torch original."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import snapshot_download

from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from converter.release import FolderView, verify
from tests.support.loopback_hub import LoopbackHub
from tests.support.tiny_release import contents_of

_PROMPT = "a red fox in the snow"
DOCS = Path(__file__).parents[2] / "docs"


def _inputs(session: Any) -> dict[str, Any]:
    """Seeded inputs of the shapes that a graph asks for."""
    random = np.random.default_rng(0)
    sizes = {"batch_size": 2, "batch": 2, "sequence_length": 77}
    made: dict[str, Any] = {}
    for value in session.get_inputs():
        shape = [axis if isinstance(axis, int) else sizes.get(axis, 16) for axis in value.shape]
        if "int" in value.type:
            made[value.name] = random.integers(0, 1000, shape).astype(np.int32 if "32" in value.type else np.int64)
        else:
            made[value.name] = random.standard_normal(shape).astype(np.float32)
    return made


def _run_each_graph(folder: Path) -> dict[str, Any]:
    import onnxruntime

    found = {}
    for part in verify(FolderView(folder)).manifest.graphs:
        session = onnxruntime.InferenceSession(folder / part / "model.onnx", providers=["CPUExecutionProvider"])
        found[part] = session.run(None, _inputs(session))
    return found


@pytest.fixture
def published(any_loopback_hub: LoopbackHub, pico_release: Path) -> str:
    """A repository of a Hub that has the release."""
    store = open_hub(
        parse_hub("hf:acme/zoo"), endpoint=any_loopback_hub.endpoint, token=any_loopback_hub.token, root=None
    )
    publish(store, pico_release, verified=True, report=silent)
    return "acme/zoo"


def test_a_snapshot_of_the_plain_client_is_the_release_verifies_and_runs(published: str, pico_release: Path) -> None:
    folder = Path(snapshot_download(published, revision="pico.v1"))
    found = contents_of(folder)
    del found[".gitattributes"]
    assert found == contents_of(pico_release)
    assert verify(FolderView(folder)).manifest.tag == "pico.v1"
    assert all(np.isfinite(output).all() for outputs in _run_each_graph(folder).values() for output in outputs)


def test_a_snapshot_in_a_folder_of_its_own_verifies(published: str, tmp_path: Path) -> None:
    folder = snapshot_download(published, revision="pico.v1", local_dir=tmp_path / "here")
    assert verify(FolderView(Path(folder))).manifest.tag == "pico.v1"


def test_the_tokenizer_is_one_of_transformers(pico_release: Path, pico_folder: Path) -> None:
    from transformers import CLIPTokenizer

    folders = (pico_release / "tokenizer", pico_folder / "tokenizer")
    ours, theirs = (CLIPTokenizer.from_pretrained(folder) for folder in folders)
    ids = ours(_PROMPT, padding="max_length", max_length=77)["input_ids"]
    assert ids == theirs(_PROMPT, padding="max_length", max_length=77)["input_ids"]
    assert ids[:8] == [49406, 320, 736, 3240, 530, 518, 2583, 49407]


def _settings() -> dict[str, Any]:
    return {"num_inference_steps": 2, "output_type": "np", "guidance_scale": 7.5}


def _image_of_torch(folder: Path, latents: Any) -> Any:
    import torch
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    size = latents.shape[-1] * pipeline.vae_scale_factor
    return pipeline(_PROMPT, height=size, width=size, latents=torch.from_numpy(latents), **_settings()).images


# The class is on its way out of diffusers, and its users are not.
@pytest.mark.filterwarnings("ignore:.*OnnxStableDiffusionPipeline.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*OnnxRuntimeModel.*:FutureWarning")
def test_diffusers_makes_the_same_image_from_the_release_as_from_the_torch_model(
    pico_release: Path, pico_folder: Path
) -> None:
    from diffusers import OnnxStableDiffusionPipeline

    latents = np.random.default_rng(5).standard_normal((1, 4, 32, 32)).astype(np.float32)
    pipeline = OnnxStableDiffusionPipeline.from_pretrained(pico_release, provider="CPUExecutionProvider")
    pipeline.set_progress_bar_config(disable=True)
    size = 8 * latents.shape[-1]  # the class takes every VAE for one of Stable Diffusion's own depth
    ours = pipeline(_PROMPT, height=size, width=size, latents=latents, **_settings()).images
    theirs = _image_of_torch(pico_folder, latents)
    assert ours.shape == theirs.shape == (1, 64, 64, 3)
    assert ours.std() > 0.01
    assert np.abs(ours - theirs).max() < 1e-3


# The class is on its way out of diffusers, and its users are not.
@pytest.mark.filterwarnings("ignore:.*Onnx.*:FutureWarning")
def test_diffusers_makes_nearly_the_same_image_from_a_release_in_8_bits(
    pico_int8_release: Path, pico_folder: Path
) -> None:
    from diffusers import OnnxStableDiffusionPipeline

    latents = np.random.default_rng(5).standard_normal((1, 4, 32, 32)).astype(np.float32)
    pipeline = OnnxStableDiffusionPipeline.from_pretrained(pico_int8_release, provider="CPUExecutionProvider")
    pipeline.set_progress_bar_config(disable=True)
    # The class feeds latents as they are given to it, and makes its own in the type of the text encoder's output.
    given = latents.astype(np.float16)
    ours = pipeline(_PROMPT, height=256, width=256, latents=given, **_settings()).images
    error = np.abs(ours - _image_of_torch(pico_folder, latents))
    assert ours.std() > 0.01
    assert error.max() < 0.1
    assert error.mean() < 0.01


# The class is on its way out of diffusers, and its users are not.
@pytest.mark.filterwarnings("ignore:.*Onnx.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:The preprocess method is deprecated:FutureWarning")  # the class's own call
def test_diffusers_takes_an_image_as_the_start_of_another(pico_release: Path) -> None:
    from diffusers import OnnxStableDiffusionImg2ImgPipeline
    from PIL import Image

    pixels = np.random.default_rng(6).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    pipeline = OnnxStableDiffusionImg2ImgPipeline.from_pretrained(pico_release, provider="CPUExecutionProvider")
    pipeline.set_progress_bar_config(disable=True)
    found = [
        pipeline(
            _PROMPT,
            image=Image.fromarray(start),
            strength=0.5,
            **{**_settings(), "num_inference_steps": 4, "generator": np.random.RandomState(7)},
        ).images
        for start in (pixels, 255 - pixels)
    ]
    assert found[0].shape == found[1].shape == (1, 64, 64, 3)
    assert np.isfinite(found[0]).all()
    assert np.abs(found[0] - found[1]).max() > 0.01  # the image matters


def _snippets(library: str) -> list[str]:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "clients.md").read_text(), re.DOTALL)
    return [block for block in blocks if re.search(rf"(import|from) {library}\b", block)]


@pytest.mark.parametrize(
    ("library", "made"),
    [("onnxruntime", ()), pytest.param("diffusers", ("fox.png", "white-fox.png"), marks=pytest.mark.slow)],
)
def test_the_snippet_in_the_documentation_runs_as_it_stands(
    pico_release: Path, tmp_path: Path, library: str, made: tuple[str, ...]
) -> None:
    (tmp_path / "openjourney.v1").symlink_to(pico_release)
    (snippet,) = _snippets(library)
    ran = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    assert library != "onnxruntime" or ran.stdout == "(1, 4, 32, 32)\n"
    assert all((tmp_path / name).stat().st_size for name in made)
