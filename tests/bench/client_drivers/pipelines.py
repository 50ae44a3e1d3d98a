"""Pipeline classes of diffusers, on PyTorch or ONNX, and of optimum: `from_pretrained`, and one call."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from tests.bench.client_drivers.jobs import (
    GUIDANCE,
    SIZE,
    STEPS,
    STRENGTH,
    Array,
    Job,
    Played,
    generator,
    left_half,
    noise,
    picture,
    run_jobs,
)


def make(job: Job) -> tuple[Array, Mapping[str, Any]]:
    """The image of the class that the job names."""
    library, name = job.kind.rsplit(".", maxsplit=1)
    kind = getattr(import_module(library), name)
    onnx = name.startswith(("ORT", "Onnx"))
    pipeline = kind.from_pretrained(job.folder, **({"provider": "CPUExecutionProvider"} if onnx else {}))
    pipeline.set_progress_bar_config(disable=True)
    for file in job.inversions:
        _add_tokens(pipeline, file)
    settings = _numpy_settings(job) if name.startswith("Onnx") else _torch_settings(job, pipeline)
    images = pipeline(
        job.prompt, num_inference_steps=STEPS, guidance_scale=GUIDANCE, output_type="np", **settings
    ).images
    return images, {}


def _numpy_settings(job: Job) -> dict[str, Any]:
    """For diffusers' ONNX classes, which take the mean of the VAE, and draw torch's numbers instead of numpy's."""
    settings: dict[str, Any] = {"generator": Played()}
    if job.task == "img2img":
        return {**settings, "image": picture(), "strength": STRENGTH}
    settings |= {"height": SIZE, "width": SIZE}
    return settings if job.task == "txt2img" else {**settings, "image": picture(), "mask_image": left_half()}


def _torch_settings(job: Job, pipeline: Any) -> dict[str, Any]:
    """For PyTorch's classes, and optimum's, which draw as those do."""
    settings: dict[str, Any] = {"generator": generator()}
    if job.task == "img2img":
        image = picture() if job.draws == "sample" else _mean(pipeline, picture())
        return {**settings, "image": image, "strength": STRENGTH}
    settings |= {"height": SIZE, "width": SIZE}
    if job.task == "txt2img":
        return {**settings, "latents": noise()}
    settings |= {"image": picture(), "mask_image": left_half(), "strength": 1.0}
    if job.draws == "sample":
        return settings
    return {**settings, "latents": noise(), "masked_image_latents": _mean(pipeline, _kept())}


def _mean(pipeline: Any, image: Any) -> Any:
    """Latents of an image without a random number in them, as the models of most ONNX clients encode."""
    import torch

    with torch.no_grad():
        latents = pipeline.vae.encode(pipeline.image_processor.preprocess(image)).latent_dist.mode()
    return latents * pipeline.vae.config.scaling_factor


def _kept() -> Any:
    """The image with what is painted anew in the middle of the scale, as tensor of `(1, 3, SIZE, SIZE)`."""
    import numpy as np
    import torch

    pixels = torch.from_numpy(np.asarray(picture()).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    return pixels * (torch.from_numpy(np.asarray(left_half()).copy()) < 128)


def _add_tokens(pipeline: Any, file: str) -> None:
    """A Textual Inversion by diffusers' own loader, a token for each vector, named as onnx-web names them."""
    from safetensors.torch import load_file

    (vectors,) = load_file(file).values()
    for number, vector in enumerate(vectors):
        pipeline.load_textual_inversion({f"goblin-{number}": vector})


if __name__ == "__main__":
    run_jobs(make)
