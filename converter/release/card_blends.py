"""The model card's section on what was blended in: LoRAs, and the words of Textual Inversions. Pure."""

from converter.release.card_text import escaped
from converter.release.manifest import Manifest
from converter.release.records import InversionRecord, LoraRecord

_MOST_TOKENS = 6


def blends_section(manifest: Manifest) -> str:
    """What was blended into the weights for good; empty without anything."""
    tables = [_loras(manifest.loras) if manifest.loras else "", _inversions(manifest.inversions)]
    found = [table for table in tables if table]
    return "\n\n".join(["## Blended in", *found]) if found else ""


def _loras(loras: tuple[LoraRecord, ...]) -> str:
    rows = [
        f"| {escaped(lora.name)} | {lora.weight['unet']:g} | {lora.weight['text_encoder']:g} "
        f"| {escaped(', '.join(lora.algorithms))} | {_range(lora.ranks)} | {sum(lora.layers.values())} |"
        for lora in loras
    ]
    head = ["| LoRA | UNet | text encoder | algorithm | rank | layers |", "|---|--:|--:|---|--:|--:|"]
    return "\n".join([*head, *rows])


def _range(pair: tuple[int, int] | None) -> str:
    if pair is None:
        return "-"
    least, greatest = pair
    return str(least) if least == greatest else f"{least} to {greatest}"


def _inversions(inversions: tuple[InversionRecord, ...]) -> str:
    if not inversions:
        return ""
    rows = [
        f"| {escaped(inversion.name)} | {_words(inversion.tokens)} | {inversion.vectors} "
        f"| {' and '.join(str(width) for width in inversion.widths.values())} | {inversion.weight:g} |"
        for inversion in inversions
    ]
    head = ["| Textual Inversion | words in a prompt | vectors | width | weight |", "|---|---|--:|--:|--:|"]
    note = "The first word stands for all vectors of its inversion, as does the one that ends in `-all`."
    return "\n".join([*head, *rows, "", note])


def _words(tokens: tuple[str, ...]) -> str:
    """Words as text; a list that goes on is cut in its middle, which can be guessed."""
    if len(tokens) <= _MOST_TOKENS:
        return ", ".join(escaped(token) for token in tokens)
    shown = (*tokens[:3], "…", *tokens[-2:])
    return ", ".join(map(escaped, shown))
