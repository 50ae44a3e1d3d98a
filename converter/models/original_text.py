"""Text encoders in the original layout: OpenAI's CLIP as transformers names it, and open_clip's own names.

open_clip keeps the queries, keys and values of a layer as one tensor, and its projections the other way round.
Source: https://github.com/mlfoundations/open_clip/blob/v2.24.0/src/open_clip/transformer.py (MIT-like licence of its
authors), and https://github.com/huggingface/diffusers/blob/v0.35.2/src/diffusers/loaders/single_file_utils.py
(`convert_open_clip_checkpoint`), Apache-2.0
"""

from collections.abc import Iterator, Mapping

from converter.canonical import JsonObject
from converter.models.architectures import Encoder
from converter.models.configs import Part, shipped
from converter.models.errors import ModelError
from converter.models.original_part import OriginalPart
from converter.models.placeholder import Placeholder
from converter.models.signatures import Shapes

_HEAD_WIDTH = 64
TEXT = "text_model."
"""How transformers' names begin."""
PROJECTION = "text_projection"

# target <- open_clip; what laion's and Stability's checkpoints hold
ONCE = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}
# target <- open_clip, in each layer
EACH_LAYER = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}
STACKED = ("q_proj", "k_proj", "v_proj")
"""Thirds of `attn.in_proj_weight` and `attn.in_proj_bias`, in this order."""
_EACH_FC = "transformer.resblocks.{}.mlp.c_fc.weight"


def text_part(shapes: Shapes, kind: Encoder, prefix: str, where: str) -> OriginalPart:
    """The tensors of a text encoder; some CLIP checkpoints lack the prefix `text_model.`."""
    inner = f"{prefix}{TEXT}"
    named = kind == "clip" and any(name.startswith(inner) for name in shapes)
    return OriginalPart(shapes, inner if named else prefix, where)


def text_config(part: OriginalPart, kind: Encoder, family: str, name: Part) -> JsonObject:
    """The text encoder's config: width, layers, vocabulary, length, and the width of its projection.

    Raises:
        ModelError: its width is not a whole number of heads.
    """
    open_clip = kind != "clip"
    vocabulary, width = part.shape("token_embedding.weight" if open_clip else "embeddings.token_embedding.weight", 2)
    if width % _HEAD_WIDTH:
        raise ModelError(
            f"{part.where}: the text encoder is {width} wide, expected a multiple of {_HEAD_WIDTH} (CLIP's head width)"
        )
    fc1 = _EACH_FC if open_clip else "encoder.layers.{}.mlp.fc1.weight"
    positions = "positional_embedding" if open_clip else "embeddings.position_embedding.weight"
    return {
        **shipped(family, name),
        "vocab_size": vocabulary,
        "hidden_size": width,
        "num_attention_heads": width // _HEAD_WIDTH,
        "num_hidden_layers": _layers(part, kind),
        "intermediate_size": part.shape(fc1.format(0), 2)[0],
        "max_position_embeddings": part.shape(positions, 2)[0],
        **_projection_dim(part, kind, width),
    }


def text_parameters(part: OriginalPart, kind: Encoder, layers: int) -> Mapping[str, Placeholder]:
    """Parameter name to where it is in the checkpoint.

    Args:
        part: its tensors.
        kind: how they are named.
        layers: how many the model uses.

    Raises:
        ModelError: a stacked tensor cannot be cut into three.
    """
    if kind == "clip":
        names = [name for name in part.shapes if name.startswith(part.prefix)]
        return {
            f"{TEXT}{name.removeprefix(part.prefix)}": Placeholder(name, tuple(part.shapes[name])) for name in names
        }
    return dict(_open_clip(part, kind, layers))


def text_leftovers(part: OriginalPart, kind: Encoder) -> tuple[str, ...]:
    """Keys that belong to the encoder and are not converted: the last layer, where the model takes the one before it.

    Stable Diffusion 2 was trained on the output of CLIP's penultimate layer, and its files carry the last one too, but
    for those that were made of a diffusers folder.
    Source: https://github.com/Stability-AI/stablediffusion/blob/cf1d67a6fd5ea1aa600c4df58e5b47da45f6bdbf/ldm/modules/encoders/modules.py
    """
    if not _has_spare(part, kind):
        return ()
    last = f"{part.prefix}transformer.resblocks.{_layers(part, kind)}."
    return tuple(sorted(name for name in part.shapes if name.startswith(last)))


def _layers(part: OriginalPart, kind: Encoder) -> int:
    if kind == "clip":
        return part.counted("encoder.layers.{}.mlp.fc1.weight")
    return max(1, part.counted(_EACH_FC) - _has_spare(part, kind))


def _has_spare(part: OriginalPart, kind: Encoder) -> bool:
    """Whether the last layer is one that the model does not use; OpenCLIP's projection belongs behind that one."""
    if kind != "open_clip_penultimate":
        return False
    found, used = part.counted(_EACH_FC), shipped("sd2", "text_encoder")["num_hidden_layers"]
    return found != used and (found == int(str(used)) + 1 or part.has(PROJECTION))


def _projection_dim(part: OriginalPart, kind: Encoder, width: int) -> JsonObject:
    if kind == "clip":
        return {"projection_dim": width}
    return {"projection_dim": part.shape(PROJECTION, 2)[1]} if kind == "open_clip" else {}


def _open_clip(part: OriginalPart, kind: Encoder, layers: int) -> Iterator[tuple[str, Placeholder]]:
    for target, source in ONCE.items():
        yield from _plain(part, f"{TEXT}{target}", source)
    for number in range(layers):
        layer, block = f"{TEXT}encoder.layers.{number}", f"transformer.resblocks.{number}"
        for target, source in EACH_LAYER.items():
            for leaf in ("weight", "bias"):
                yield from _plain(part, f"{layer}.{target}.{leaf}", f"{block}.{source}.{leaf}")
        for leaf in ("weight", "bias"):
            yield from _thirds(part, f"{layer}.self_attn", f"{block}.attn.in_proj_{leaf}", leaf)
    if kind == "open_clip" and part.has(PROJECTION):
        rows, columns = part.shape(PROJECTION, 2)
        projection = Placeholder(part.prefix + PROJECTION, (columns, rows), transposed=True)
        yield f"{PROJECTION}.weight", projection


def _plain(part: OriginalPart, target: str, source: str) -> Iterator[tuple[str, Placeholder]]:
    if part.has(source):  # what is missing is said when the graph is bound
        key = part.prefix + source
        yield target, Placeholder(key, tuple(part.shapes[key]))


def _thirds(part: OriginalPart, target: str, source: str, leaf: str) -> Iterator[tuple[str, Placeholder]]:
    if not part.has(source):
        return
    stacked, *rest = part.shape(source, 2 if leaf == "weight" else 1)
    each, odd = divmod(stacked, len(STACKED))
    if odd:
        raise ModelError(
            f"{part.where}: {part.prefix}{source} has {stacked} rows, expected queries, keys and values of one size"
        )
    for number, name in enumerate(STACKED):
        rows = (number * each, (number + 1) * each)
        yield f"{target}.{name}.{leaf}", Placeholder(part.prefix + source, (each, *rest), rows=rows)
