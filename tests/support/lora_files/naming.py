"""Names of layers as sd-scripts writes them."""

from collections.abc import Callable, Mapping

from converter.blend.lora import Part
from tests.support.lora_files.tiny_models import TinyModel

Naming = Callable[[TinyModel, Part, str], str]


def kohya(model: TinyModel, part: Part, layer: str) -> str:
    """`lora_unet_down_blocks_0_...`; SDXL numbers its text encoders."""
    two = "text_encoder_2" in model.modules
    prefixes: Mapping[Part, str] = {
        "unet": "lora_unet",
        "text_encoder": "lora_te1" if two else "lora_te",
        "text_encoder_2": "lora_te2",
    }
    return f"{prefixes[part]}_{layer.replace('.', '_')}"


def kohya_original(model: TinyModel, part: Part, layer: str) -> str:
    """The same with the original names of the UNet's layers, as sd-scripts trains SDXL; LyCORIS' own table."""
    from lycoris.utils import convert_diffusers_name_to_compvis

    return str(convert_diffusers_name_to_compvis(kohya(model, part, layer)))
