"""onnx-web from a copy of its source, unmodified: its `load_pipeline`, which blends LoRAs and Textual Inversions.

The folder of its source (`api/`) is on the path already. What its package imports beside what it needs for diffusion
(face correction, upscaling, the web server) is not installed; those packages are empty here, and each is named.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tests.bench.client_drivers.jobs import (
    GUIDANCE,
    SIZE,
    STEPS,
    STRENGTH,
    Array,
    Job,
    Played,
    left_half,
    noise,
    picture,
    run_jobs,
)

_LEFT_OUT = ("arpeggio", "basicsr", "boto3", "codeformer", "controlnet_aux", "cv2", "debugpy", "facexlib", "flask",
             "flask_cors", "gfpgan", "jsonschema", "mediapipe", "piexif", "realesrgan", "setproctitle", "timm",
             "torchvision", "waitress", "werkzeug")  # fmt: skip
_SCHEDULERS = {"PNDMScheduler": "pndm", "DDIMScheduler": "ddim", "EulerDiscreteScheduler": "euler"}


class _Nothing(type):
    """A class that stands for any function, class or constant: it has every attribute, and nothing in it."""

    def __getattr__(cls, name: str) -> Any:
        return _nothing(name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


def _nothing(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Nothing(name, (), {"__init__": lambda *_, **__: None, "__getattr__": lambda _, name: _nothing(name)})


class _Empty(ModuleType):
    """A package that has any name, and does nothing."""

    def __getattr__(self, name: str) -> Any:
        return _nothing(name)


class _LeftOut(MetaPathFinder, Loader):
    """Gives an empty module for the packages of the list that are not installed: it is asked last."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        root = name.split(".", maxsplit=1)[0]
        if root not in _LEFT_OUT:
            return None
        self.names.add(root)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_left_out = _LeftOut()


def _leave_out() -> None:
    """From here on: the libraries below look for some of the packages themselves, and must not find empty ones."""
    if _left_out not in sys.meta_path:
        import diffusers  # noqa: F401
        import optimum.onnxruntime  # noqa: F401
        import transformers  # noqa: F401

        sys.meta_path.append(_left_out)


def make(job: Job) -> tuple[Array, Mapping[str, Any]]:
    """The image of onnx-web's pipeline, called as its own stages call it."""
    _leave_out()
    pipeline = _load(job, loras=job.loras, inversions=job.inversions)
    settings: dict[str, Any] = {"generator": Played()}
    if job.task == "img2img":
        settings |= {"image": picture(), "strength": STRENGTH}
    else:
        settings |= {"latents": noise().numpy(), "height": SIZE, "width": SIZE}
    if job.task == "inpaint":
        settings |= {"image": picture(), "mask_image": left_half()}
    found = pipeline(
        job.prompt,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        negative_prompt=None,
        output_type="np",
        **settings,
    ).images
    return np.asarray(found, np.float32), {"left out": sorted(_left_out.names), **_changed(job)}


def _load(job: Job, *, loras: Sequence[str], inversions: Sequence[str]) -> Any:
    from onnx_web.diffusers.load import load_pipeline
    from onnx_web.params import DeviceParams, ImageParams
    from onnx_web.server.context import ServerContext

    ending = "-sdxl" if _is_xl(job) else ""
    scheduler = _SCHEDULERS[job.options["scheduler"]]
    name = f"{job.task}{ending}"
    params = ImageParams(job.folder, name, scheduler, job.prompt, GUIDANCE, STEPS, 0)
    # The default, progress shown: without it onnx-web calls what optimum's classes for XL do not have.
    server = ServerContext(model_path=job.options["models"], show_progress=True)
    return load_pipeline(
        server,
        params,
        name,
        DeviceParams("cpu", "CPUExecutionProvider"),
        embeddings=[(name, 1.0) for name in inversions],
        loras=[(name, 1.0) for name in loras],
    )


def _is_xl(job: Job) -> bool:
    return (Path(job.folder) / "text_encoder_2").exists()


def _changed(job: Job) -> dict[str, Any]:
    """Graph to which of its weights onnx-web's blending changes; for an inversion, which rows of the table."""
    if job.loras:
        return {"changed": {graph: _changed_names(job, graph) for graph in _blended_graphs(job)}}
    return {"changed": {"text_encoder": _changed_rows(job)}} if job.inversions else {}


def _blended_graphs(job: Job) -> tuple[str, ...]:
    return ("text_encoder", "text_encoder_2", "unet") if _is_xl(job) else ("text_encoder", "unet")


def _changed_names(job: Job, graph: str) -> list[str]:
    from onnx import load
    from onnx_web.convert.diffusion.lora import blend_loras

    path = f"{job.folder}/{graph}/model.onnx"
    files = [(f"{job.options['models']}/lora/{name}", 1.0) for name in job.loras]
    kind = "unet" if graph == "unet" else "text_encoder"
    number = {"text_encoder": 1, "text_encoder_2": 2}.get(graph) if _is_xl(job) else None
    before, after = _weights(load(path)), _weights(blend_loras(None, path, files, kind, number, _is_xl(job)))
    return sorted(name for name, value in after.items() if value != before[name])


def _changed_rows(job: Job) -> list[int]:
    from onnx import load
    from onnx_web.convert.diffusion.textual_inversion import blend_textual_inversions
    from transformers import CLIPTokenizer

    before = load(f"{job.folder}/text_encoder/model.onnx")
    tokenizer = CLIPTokenizer.from_pretrained(job.folder, subfolder="tokenizer")
    files = [(f"{job.options['models']}/inversion/{name}", 1.0, name, None) for name in job.inversions]
    rows = _rows(before)
    after, _ = blend_textual_inversions(None, before, tokenizer, files)
    return [row for row, vector in enumerate(_rows(after)) if row >= len(rows) or vector != rows[row]]


def _rows(model: Any) -> list[bytes]:
    from onnx import numpy_helper

    name = "text_model.embeddings.token_embedding.weight"
    (table,) = (tensor for tensor in model.graph.initializer if tensor.name == name)
    return [row.tobytes() for row in numpy_helper.to_array(table)]


def _weights(model: Any) -> dict[str, bytes]:
    return {tensor.name: tensor.raw_data for tensor in model.graph.initializer}


if __name__ == "__main__":
    run_jobs(make)
