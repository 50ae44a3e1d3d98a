"""One run of a pipeline class on a folder, in the environment of its client: two steps, the image as a numpy file.

It knows nothing of this repository, because it runs where this is not installed:
python client_driver.py LIBRARY CLASS FOLDER SIZE OUT
"""

import importlib
import sys
import time
import warnings
from typing import Any

import numpy as np

SEED, STEPS, GUIDANCE = 5, 2, 5.0
PROMPT = "a red fox in the snow"


def main(library: str, name: str, folder: str, size: int, out: str) -> None:
    warnings.simplefilter("ignore")  # what a client says about itself is not measured here
    kind = getattr(importlib.import_module(library), name)
    onnx = name.startswith(("ORT", "Onnx"))
    started = time.monotonic()
    pipeline = kind.from_pretrained(folder, **({"provider": "CPUExecutionProvider"} if onnx else {}))
    pipeline.set_progress_bar_config(disable=True)
    images = pipeline(PROMPT, **_settings(name, size)).images
    print(f"SECONDS {time.monotonic() - started:.1f}")
    np.save(out, images)


def _settings(name: str, size: int) -> dict[str, Any]:
    """The same random numbers for all: PyTorch's generator, which optimum's classes take too."""
    from PIL import Image

    settings: dict[str, Any] = {"num_inference_steps": STEPS, "guidance_scale": GUIDANCE, "output_type": "np"}
    random = np.random.default_rng(SEED)
    image = Image.fromarray((random.random((size, size, 3)) * 255).astype(np.uint8))
    if name.startswith("Onnx"):
        settings["generator"] = np.random.RandomState(SEED)
    else:
        import torch

        settings["generator"] = torch.Generator().manual_seed(SEED)
    if "Img2Img" in name:
        return {**settings, "image": image, "strength": 1.0}
    settings |= {"height": size, "width": size}
    if "Inpaint" in name:
        started = {} if name.startswith("Onnx") else {"strength": 1.0}  # diffusers' ONNX class knows no strength
        return {**settings, "image": image, "mask_image": _half(size), **started}
    if not name.startswith("Onnx"):
        return settings
    # diffusers' ONNX class draws with numpy; torch's numbers go in as latents. It takes every VAE for one of depth 8.
    import torch

    latents = torch.randn((1, 4, size // 8, size // 8), generator=torch.Generator().manual_seed(SEED)).numpy()
    return {**settings, "latents": latents}


def _half(size: int) -> Any:
    """A mask of the left half."""
    from PIL import Image

    mask = np.zeros((size, size), np.uint8)
    mask[:, : size // 2] = 255
    return Image.fromarray(mask)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
