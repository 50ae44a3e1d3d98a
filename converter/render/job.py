"""What image is wanted: how, and from what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Settings:
    """How an image is made; the same settings give the same image of the same release on the same machine."""

    prompt: str
    negative: str
    """What it should not show; empty for nothing in particular."""
    seed: int
    """Of the noise that it starts from, and of what the scheduler adds; at least 0."""
    steps: int
    guidance: float
    """How much more the prompt counts than the negative one; at most 1 means that only the prompt does."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""

    def as_text(self) -> Mapping[str, str]:
        """Name to value, for people and for the metadata of a file."""
        return {
            "prompt": self.prompt,
            "negative": self.negative,
            "seed": str(self.seed),
            "steps": str(self.steps),
            "guidance": f"{self.guidance:g}",
            "size": f"{self.width}x{self.height}",
        }


@dataclass(frozen=True)
class TextToImage:
    """From noise alone."""

    @property
    def strength(self) -> float:
        """How much of the schedule is run: all of it."""
        return 1.0


@dataclass(frozen=True)
class ImageToImage:
    """From an image with noise over it."""

    image: Array
    """float32, (1, 3, height, width), from -1 to 1."""
    strength: float
    """Above 0, at most 1: how much of the schedule is run; 1 leaves nothing of the image."""


@dataclass(frozen=True)
class Inpainting:
    """An image of which a part is made anew."""

    image: Array
    """float32, (1, 3, height, width), from -1 to 1."""
    mask: Array
    """float32, (1, 1, height, width): 1 where it is made anew, 0 where it stays."""
    strength: float
    """Above 0, at most 1; at 1 nothing of the masked part is left."""


Task: TypeAlias = TextToImage | ImageToImage | Inpainting


@dataclass(frozen=True)
class Job:
    """One image that is wanted."""

    settings: Settings
    task: Task

    def as_text(self) -> Mapping[str, str]:
        """The settings, and how strongly an image that is given is changed."""
        text = self.settings.as_text()
        return text if isinstance(self.task, TextToImage) else {**text, "strength": f"{self.task.strength:g}"}
