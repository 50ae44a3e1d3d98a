"""What a card says of how a release was compared: with what, on what, and the pipeline as a whole. Pure."""

from collections.abc import Iterator

from converter.release.card_text import escaped, ratio_text
from converter.release.manifest import Manifest
from converter.release.records import PipelineRecord


def components_compared(manifest: Manifest) -> str:
    """What each component was compared with, as the beginning of a sentence."""
    if manifest.reference is None:
        return "Each component was run in onnxruntime and in PyTorch"
    whole = [f"`{component.name}`" for component in manifest.components if component.precision == "fp32"]
    besides = f" ({', '.join(whole)}, being float32 already, in PyTorch)" if whole else ""
    return f"Each component, and a float32 graph made of the same weights{besides}, were run in onnxruntime"


def on_device(manifest: Manifest) -> str:
    """What it was run on, where that is not the CPU."""
    return "" if manifest.device is None else f", on {manifest.device}"


def pipeline_lines(manifest: Manifest) -> Iterator[str]:
    """How an image that was made twice differs, or why none was; nothing where the manifest says nothing of it."""
    if manifest.pipeline is not None:
        yield from ("", _compared(manifest.pipeline))
    elif manifest.pipeline_absent is not None:
        yield from ("", f"The pipeline as a whole was not compared: this is {escaped(manifest.pipeline_absent)}.")


def _compared(record: PipelineRecord) -> str:
    said, limits = record.settings, record.limits
    strength = f", strength {said['strength']}" if "strength" in said else ""
    made = (
        f'prompt "{said["prompt"]}", negative "{said["negative"]}", seed {said["seed"]}, {said["steps"]} steps of '
        f"{said['scheduler']}, guidance {said['guidance']}{strength}, {said['size']} pixels"
    )
    return (
        f"The pipeline as a whole was run both ways as well ({escaped(made)}): the latents at the end differ by a PSNR "
        f"of {ratio_text(record.latents_psnr_db)} (at least {limits['latents_db']:g} dB are asked for), the decoded "
        f"image by {ratio_text(record.image_psnr_db)} (at least {limits['image_db']:g} dB). In so few steps it is no "
        "image to look at."
    )
