"""How far a conversion goes. Pure."""

from enum import StrEnum


class Target(StrEnum):
    """What `convert --to` makes."""

    ONNX = "onnx"
    """The release folder."""
    CHECKPOINT = "checkpoint"
    """The blended model as one file with the original keys."""
    DIFFUSERS = "diffusers"
    """The blended model as a diffusers folder."""

    @property
    def ending(self) -> str:
        """What stands behind `NAME.vN`."""
        return {Target.ONNX: "", Target.CHECKPOINT: ".safetensors", Target.DIFFUSERS: ".diffusers"}[self]
