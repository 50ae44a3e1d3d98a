"""Recognise what a source names, and collect what is known about it."""

from typing import TypeAlias, assert_never

from converter.blend import BlendError
from converter.blend.inversion import recognise
from converter.inspection.content import Content, content_of
from converter.inspection.convertible import ControlNetInspection, ModelInspection, inspect_controlnet, inspect_model
from converter.inspection.inversion import InversionInspection, inspect_inversion, whole_inversion
from converter.inspection.known_bases import known_encoders, known_targets
from converter.inspection.looks import LookCache, Looked
from converter.inspection.lora import LoraInspection, inspect_lora
from converter.inspection.vae import VaeInspection, inspect_vae
from converter.models import MAX_SMALL_BYTES
from converter.registry import InversionEntry, Source
from converter.weights import WeightsError, open_saved
from converter.workshop import Workshop

Inspection: TypeAlias = ModelInspection | ControlNetInspection | VaeInspection | LoraInspection | InversionInspection


def inspect_source(source: Source, workshop: Workshop) -> Inspection:
    """Look at a source and recognise what it is.

    Raises:
        ConverterError: it is not there, damaged, or not what this version builds or blends.
    """
    return inspect_with(LookCache(workshop), source)


def inspect_with(looks: LookCache, source: Source) -> Inspection:
    """The same, with looks that are shared.

    Raises:
        ConverterError: as above.
    """
    found = looks.of_unknown(source)
    match content := _content(found, looks):
        case Content.MODEL:
            return inspect_model(found, looks.workshop)
        case Content.CONTROLNET:
            return inspect_controlnet(found, looks.workshop)
        case Content.VAE:
            return inspect_vae(found, looks.workshop)
        case Content.LORA:
            return inspect_lora(found, known_targets(looks.workshop.shapes))
        case Content.INVERSION:
            entry = InversionEntry(name=found.name, source=found.source)
            return inspect_inversion(found, looks, entry, known_encoders())
        case _:
            assert_never(content)


def _content(found: Looked, looks: LookCache) -> Content:
    try:
        return content_of(found.files)
    except WeightsError as error:
        # A Textual Inversion can be a tensor alone or a dict of dicts, which no state dict is.
        if found.size_bytes > MAX_SMALL_BYTES or not found.files.single:
            raise
        try:
            with open_saved(whole_inversion(found, looks)) as saved:
                recognise(saved.value)
        except (WeightsError, BlendError):
            raise error from None
        return Content.INVERSION
