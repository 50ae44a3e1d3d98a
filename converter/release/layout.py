"""The folder that is published: which files it has. Pure."""

from collections.abc import Collection

from converter.release.manifest import MANIFEST_NAME

CARD_NAME = "README.md"
CONTACT_SHEET = "images/contact-sheet.png"
"""Of releases that were made with one."""
DIFFERENCE = "images/difference.png"
"""One image of the contact sheet beside PyTorch's."""

LARGE = (".onnx", ".pb", ".png")
"""How the names of files end that a Hub keeps beside git, by their digest: once, whatever branches have them."""

_OF_A_GRAPH = ("config.json", "model.onnx", "weights.pb")
_OF_A_TOKENIZER = ("merges.txt", "tokenizer_config.json", "vocab.json")
_OF_A_PIPELINE = ("model_index.json", "scheduler/scheduler_config.json")
_TOKENIZERS = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}


def required_files(graphs: Collection[str]) -> frozenset[str]:
    """What every release with these graphs has; its tokenizers may have more.

    A release with a UNet is a pipeline, one without is a part of others (a ControlNet).
    """
    tokenizers = [folder for encoder, folder in _TOKENIZERS.items() if encoder in graphs]
    return frozenset(
        {
            MANIFEST_NAME,
            CARD_NAME,
            *(f"{folder}/{name}" for folder in graphs for name in _OF_A_GRAPH),
            *(f"{folder}/{name}" for folder in tokenizers for name in _OF_A_TOKENIZER),
            *(_OF_A_PIPELINE if "unet" in graphs else ()),
        }
    )
