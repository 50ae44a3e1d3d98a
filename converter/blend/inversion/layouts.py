"""Which layout is it? Decided by keys and shapes alone, in the words of whoever writes it.

- one tensor under the token's own name: diffusers' example (`save_progress`), Apache-2.0
  https://github.com/huggingface/diffusers/blob/v0.30.0/examples/textual_inversion/textual_inversion.py
- `string_to_token` and `string_to_param`: the method's first code (`save`), MIT; the web UI (`Embedding.save`), AGPL-3
  https://github.com/rinongal/textual_inversion/blob/c66e572058421b3957c10ca9bd05e9b8a0bb4b52/ldm/modules/embedding_manager.py
  https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/v1.10.1/modules/textual_inversion/textual_inversion.py
- `emb_params`, and `clip_l` beside `clip_g`: sd-scripts (`save_weights`), Apache-2.0
  https://github.com/kohya-ss/sd-scripts/blob/f687af524cf6637ec60303bcf1931e3a9cd57af1/train_textual_inversion.py
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeGuard

from converter.blend.errors import BlendError
from converter.listing import first_ten
from converter.weights import Saved, SavedTensor

Role = Literal["only", "clip_l", "clip_g"]
"""Which text encoder a tensor is for; `only` where the layout knows of one."""


class InversionKind(StrEnum):
    """The layouts. The first three are those that an entry can name in `model`."""

    CONCEPT = "concept"
    """One tensor, whose name is the token."""
    EMBEDDINGS = "embeddings"
    """`string_to_param`, as the web UI writes it."""
    PARAMETERS = "parameters"
    """`emb_params`."""
    TENSOR = "tensor"
    """A tensor with nothing around it."""
    SDXL = "sdxl"
    """`clip_l` and `clip_g`."""


@dataclass(frozen=True)
class Recognised:
    """A layout, and where in the file its vectors are."""

    kind: InversionKind
    tensors: Mapping[Role, SavedTensor]
    own_token: str | None = None
    """The token that the file itself names."""


_WEB_UI = {"string_to_token", "name", "step", "sd_checkpoint", "sd_checkpoint_name"}
_SDXL: tuple[Role, ...] = ("clip_l", "clip_g")
_FLAT = ("string_to_param.*", "*")  # how converters to safetensors, which knows no dict in a dict, write it
_OF_NETWORKS = (".weight", ".bias", ".alpha", ".lora_A", ".lora_B")
_EXPECTED = (
    "one tensor named by its token, `string_to_param`, `emb_params`, `clip_l` with `clip_g`, or a tensor alone: "
    "is it a Textual Inversion?"
)


def recognise(saved: Saved) -> Recognised:
    """The layout of what was saved, every key of it accounted for.

    Raises:
        BlendError: it is none of them, or there is more in it than one inversion.
    """
    if isinstance(saved, SavedTensor):
        return Recognised(InversionKind.TENSOR, {"only": _vectors(saved, "the tensor", ranks=(1, 2))})
    if not isinstance(saved, Mapping) or not saved:
        found = "nothing" if isinstance(saved, Mapping) else f"a {type(saved).__name__}"
        raise BlendError(f"found {found}, expected {_EXPECTED}")
    for belongs, read in _LAYOUTS:
        if belongs(saved):
            return read(saved)
    return _concept(saved)


def _embeddings(saved: Mapping[str, Saved]) -> Recognised:
    params = saved["string_to_param"]
    _require_known([key for key in saved if key not in {*_WEB_UI, "string_to_param"}], "beside string_to_param")
    if not isinstance(params, Mapping) or not params:
        raise BlendError("string_to_param holds no vectors, expected a dict with one tensor; save the embedding again")
    _require_one(list(params), "string_to_param")
    key, tensor = next(iter(params.items()))
    tokens = saved.get("string_to_token", {key: None})
    if not isinstance(tokens, Mapping) or set(tokens) != {key}:
        raise BlendError(f"string_to_token is not that of string_to_param ({key!r}); save the embedding again")
    return _one(InversionKind.EMBEDDINGS, tensor, f"string_to_param, {key!r}")


def _flat_embeddings(saved: Mapping[str, Saved]) -> Recognised:
    key = next(key for key in _FLAT if key in saved)
    _require_known([other for other in saved if other != key], f"beside {key}")
    return _one(InversionKind.EMBEDDINGS, saved[key], key)


def _parameters(saved: Mapping[str, Saved]) -> Recognised:
    _require_known([key for key in saved if key != "emb_params"], "beside emb_params")
    return _one(InversionKind.PARAMETERS, saved["emb_params"], "emb_params")


def _sdxl(saved: Mapping[str, Saved]) -> Recognised:
    missing = [role for role in _SDXL if role not in saved]
    if missing:
        raise BlendError(f"{missing[0]} is missing, expected clip_l and clip_g, as SDXL has two text encoders")
    _require_known([key for key in saved if key not in _SDXL], "beside clip_l and clip_g")
    return Recognised(InversionKind.SDXL, {role: _vectors(saved[role], role, ranks=(2,)) for role in _SDXL})


def _concept(saved: Mapping[str, Saved]) -> Recognised:
    strange = [key for key, value in saved.items() if not isinstance(value, SavedTensor) or key.endswith(_OF_NETWORKS)]
    _require_known(strange, "in it")
    _require_one(list(saved), "it")
    token, tensor = next(iter(saved.items()))
    return Recognised(InversionKind.CONCEPT, {"only": _vectors(tensor, repr(token), ranks=(1, 2))}, token)


_LAYOUTS: tuple[tuple[Callable[[Mapping[str, Saved]], bool], Callable[[Mapping[str, Saved]], Recognised]], ...] = (
    (lambda saved: "string_to_param" in saved, _embeddings),
    (lambda saved: any(key in saved for key in _FLAT), _flat_embeddings),
    (lambda saved: "emb_params" in saved, _parameters),
    (lambda saved: any(key in saved for key in _SDXL), _sdxl),
)


def _one(kind: InversionKind, tensor: Saved, where: str) -> Recognised:
    return Recognised(kind, {"only": _vectors(tensor, where, ranks=(2,))})


def _vectors(tensor: Saved, where: str, *, ranks: tuple[int, ...]) -> SavedTensor:
    if not _has_rank(tensor, ranks):
        found = f"of shape {list(tensor.shape)}" if isinstance(tensor, SavedTensor) else f"a {type(tensor).__name__}"
        wanted = "(vectors, width)" if ranks == (2,) else "(width) or (vectors, width)"
        raise BlendError(f"{where} is {found}, expected a tensor of shape {wanted}; save the inversion again")
    return tensor


def _has_rank(tensor: Saved, ranks: tuple[int, ...]) -> TypeGuard[SavedTensor]:
    return isinstance(tensor, SavedTensor) and len(tensor.shape) in ranks


def _require_known(unknown: Sequence[str], where: str) -> None:
    if unknown:
        raise BlendError(f"unknown keys {where}: {first_ten([repr(key) for key in unknown])}; expected {_EXPECTED}")


def _require_one(keys: Sequence[str], where: str) -> None:
    if len(keys) > 1:
        raise BlendError(
            f"{len(keys)} concepts in {where}: {first_ten([repr(key) for key in keys])}; expected one in a file: "
            "save each in a file of its own and list them one by one"
        )
