"""The part of the model card about fused operators. Pure."""

from collections.abc import Mapping

from converter.release.manifest import Manifest


def fused_section(manifest: Manifest) -> str:
    """What was fused, and what runs it; empty for a release with ONNX's own operators only."""
    if not manifest.fused:
        return ""
    names = (
        " Linear layers and convolutions have their names, so LoRAs and Textual Inversions can still be blended in at "
        "run time."
    )
    return f"""## Fused operators

This is an optimised variant: {_counted(manifest.fused)} stand for many operators of ONNX each.
They are contrib operators of onnxruntime (domain `com.microsoft`), which has them on its CPU;
another runtime refuses the graphs.{names if manifest.runtime_blending else ""}"""


def _counted(operators: Mapping[str, int]) -> str:
    *others, last = [f"{number} `{name}`" for name, number in operators.items()]
    return f"{', '.join(others)} and {last}" if others else last
