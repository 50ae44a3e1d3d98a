"""What belongs to a model, without the model: a VAE, a LoRA or a Textual Inversion."""

from converter.inspection.inversion import InversionInspection, inspect_inversion
from converter.inspection.known_bases import known_encoders, known_targets
from converter.inspection.looks import LookCache
from converter.inspection.lora import LoraInspection, inspect_lora
from converter.inspection.vae import VaeInspection, inspect_vae
from converter.registry import InversionEntry, LoraEntry, PlacedSource
from converter.sources import SourceKind


def inspect_part(looks: LookCache, placed: PlacedSource) -> VaeInspection | LoraInspection | InversionInspection | None:
    """What a source is, held against the architectures that it may be made for; `None` if it belongs to no model.

    Raises:
        ConverterError: it is not there, damaged, or not what its owner says.
    """
    if not placed.is_main:
        return inspect_vae(looks.at(placed.source, SourceKind.VAE), looks.workshop)
    match placed.owner:
        case LoraEntry():
            return inspect_lora(looks.at(placed.source), known_targets(looks.workshop.shapes))
        case InversionEntry() as entry:
            return inspect_inversion(looks.of_inversion(placed.source), looks, entry, known_encoders())
        case _:
            return None
