"""What a model has for what is blended into it: layers for LoRAs, encoders and tokenizers for Textual Inversions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from converter.blend import BlendError
from converter.blend.inversion import Encoder, TextEncoders, TokenVectors
from converter.blend.lora import Part as LoraPart
from converter.blend.lora import Targets
from converter.canonical import JsonObject
from converter.graphs import with_vocabulary
from converter.models import FAMILIES, Model, Part, extended_tokenizer

LORA_PARTS: tuple[LoraPart, ...] = get_args(LoraPart)
ENCODERS: tuple[Encoder, ...] = get_args(Encoder)
_TOKENIZERS: Mapping[Encoder, str] = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}


def base_title(model: Model) -> str:
    """The family as a person calls it, which is what LoRAs and inversions are made for."""
    return next(family.title for family in FAMILIES.values() if model.title.startswith(family.title))


def targets_of(model: Model) -> Targets:
    """The parameters of a model that a LoRA may change."""
    present = [part for part in LORA_PARTS if part in model.state_dicts]
    return Targets(base_title(model), {part: model.state_dicts[part].shapes for part in present})


def encoders_of(configs: Mapping[Part, JsonObject], title: str) -> TextEncoders:
    """What an inversion must fit.

    Args:
        configs: canonical ones, of the parts of a model.
        title: its family, as a person calls it.
    """
    present = {encoder: configs[encoder] for encoder in ENCODERS if encoder in configs}
    widths: dict[Encoder, int] = {encoder: int(str(config["hidden_size"])) for encoder, config in present.items()}
    context = min(int(str(config["max_position_embeddings"])) for config in present.values())
    return TextEncoders(title, widths, context)


def with_tokens(model: Model, tokens: TokenVectors, where: str) -> Model:
    """A model whose tokenizers know the tokens, and whose published configs count their rows.

    Args:
        model: without them.
        tokens: new ones.
        where: names the model in messages.

    Raises:
        BlendError: its text encoders have different vocabularies.
        ModelError: a tokenizer cannot take the tokens.
    """
    present = [encoder for encoder in ENCODERS if encoder in model.graph_configs]
    sizes = {encoder: vocabulary(model, encoder) for encoder in present}
    if len(set(sizes.values())) > 1:
        raise BlendError(
            f"{where}: its text encoders have {' and '.join(map(str, sizes.values()))} tokens, expected one number: "
            "a token has the same id in both"
        )
    tokenizers = {
        _TOKENIZERS[encoder]: extended_tokenizer(
            model.tokenizers[_TOKENIZERS[encoder]], tokens.tokens, rows=sizes[encoder]
        )
        for encoder in present
    }
    configs: dict[Part, JsonObject] = {
        encoder: with_vocabulary(model.configs[encoder], sizes[encoder] + len(tokens.tokens)) for encoder in present
    }
    return replace(model, tokenizers={**model.tokenizers, **tokenizers}, configs={**model.configs, **configs})


def vocabulary(model: Model, encoder: Encoder) -> int:
    """How many tokens a text encoder of a model knows."""
    return int(str(model.graph_configs[encoder]["vocab_size"]))
