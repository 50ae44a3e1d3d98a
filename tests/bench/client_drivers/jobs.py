"""What every client is given, which is the same for all, and how its process says what came of it."""

import json
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SIZE = 64
"""Pixels of each side."""
LATENTS = (1, 4, SIZE // 8, SIZE // 8)
SEED, STEPS, GUIDANCE, STRENGTH = 5, 4, 5.0, 0.5
PROMPT = "a red fox in the snow"
RESULT = "RESULT "
"""How the line of a result begins, among all that clients print."""


@dataclass(frozen=True)
class Job:
    """One image, or what a client says instead."""

    out: str
    """Where the image goes, as numpy's file: float, `(1, SIZE, SIZE, 3)`, from 0 to 1."""
    folder: str
    task: str
    """`txt2img`, `img2img` or `inpaint`."""
    kind: str = ""
    """A class with its library: `diffusers.StableDiffusionPipeline`."""
    draws: str = "mean"
    """What PyTorch takes of the distribution that the VAE gives for an image: its `mean`, or a `sample`."""
    prompt: str = PROMPT
    loras: tuple[str, ...] = ()
    """To be blended in while the client runs: names of files below onnx-web's folder of models."""
    inversions: tuple[str, ...] = ()
    """The same; for diffusers, paths of files."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What only one driver knows."""


def noise() -> Any:
    """The starting latents, and the noise that is put on an image: the first numbers of torch's generator."""
    import torch

    return torch.randn(LATENTS, generator=generator())


def generator() -> Any:
    """The generator of clients that draw in torch's order."""
    import torch

    return torch.Generator().manual_seed(SEED)


class Played:
    """Stands in for numpy's `RandomState`, and plays torch's numbers: all clients start from the same ones."""

    def __init__(self) -> None:
        self._generator = generator()

    def randn(self, *shape: int) -> Array:
        """Standard normal numbers, float32."""
        import torch

        return np.asarray(torch.randn(shape, generator=self._generator).numpy())


def picture() -> Any:
    """The image that another is made of."""
    from PIL import Image

    random = np.random.default_rng(SEED)
    return Image.fromarray((random.random((SIZE, SIZE, 3)) * 255).astype(np.uint8))


def left_half() -> Any:
    """The mask: what is white is painted anew."""
    from PIL import Image

    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:, : SIZE // 2] = 255
    return Image.fromarray(mask)


def run_jobs(make: Callable[[Job], tuple[Array, Mapping[str, Any]]]) -> None:
    """Do the jobs of the file that the command line names; each says at once what came of it.

    `make` gives an image, and what else is to be known of it.
    """
    warnings.simplefilter("ignore")  # what clients say about themselves is not measured here
    for fields in json.loads(Path(sys.argv[1]).read_text()):
        job = Job(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})
        started = time.monotonic()
        try:
            image, facts = make(job)
            np.save(job.out, image)
            said: dict[str, Any] = {"facts": dict(facts)}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is its answer
            traceback.print_exc()
            said = {"error": f"{type(error).__name__}: {error}"}
        seconds = round(time.monotonic() - started, 2)
        print(RESULT + json.dumps({"out": job.out, "seconds": seconds, **said}), flush=True)
