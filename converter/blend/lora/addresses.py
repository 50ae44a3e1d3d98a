"""From a key of a LoRA file to the layer of the model that it is about, and the role that it has there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from converter.blend.lora.roles import ROLES, Role
from converter.blend.lora.targets import Layer, Part, Targets


class Dialect(StrEnum):
    """Whose way of naming tensors a file follows."""

    SD_SCRIPTS = "sd-scripts"
    """`lora_unet_down_blocks_0_..._to_q.lora_up.weight`: kohya's sd-scripts, LyCORIS, most files of Civitai."""
    PEFT = "peft"
    """`unet.down_blocks.0....to_q.lora_A.weight`."""
    DIFFUSERS = "diffusers"
    """`unet.down_blocks.0....to_q.lora.down.weight`, `...attn1.processor.to_q_lora.down.weight`."""
    CLONEOFSIMO = "cloneofsimo"
    """`unet:0:up`, or a list without names: positions instead of layers."""


@dataclass(frozen=True)
class Address:
    """What a key says."""

    dialect: Dialect
    role: Role
    layers: tuple[Layer, ...]
    """The layers of that name: one, none, or one in each of several parts where the key does not name the part."""


_FLAT_PREFIXES: Mapping[str, Part] = {
    "lora_unet_": "unet",
    "oft_unet_": "unet",            # sd-scripts' own OFT
    "lora_te_": "text_encoder",
    "lora_te1_": "text_encoder",
    "lora_te2_": "text_encoder_2",
}  # fmt: skip
_DOTTED_PREFIXES: Mapping[str, Part] = {
    "unet.": "unet",
    "diffusion_model.": "unet",     # original names
    "model.diffusion_model.": "unet",
    "text_encoder.": "text_encoder",
    "text_encoder_2.": "text_encoder_2",
}  # fmt: skip
_PEFT_PREFIX = "base_model.model."
_LONGEST_FIRST = sorted(ROLES, key=len, reverse=True)
# `weight` alone is (IA)^3's: it is no sign of a LoRA, as every parameter of a checkpoint ends in it.
_SIGNS = frozenset(ROLES.values()) - {Role.IA3_WEIGHT, Role.ALPHA, Role.SCALAR}


def is_flat(key: str) -> bool:
    """Whether a key begins as sd-scripts' do."""
    return key.startswith(tuple(_FLAT_PREFIXES))


def role_of(key: str) -> Role | None:
    """What a key's end says, or `None`: no trainer that is known here ends a key so."""
    if is_flat(key):
        return ROLES.get(key.partition(".")[2])
    return next((ROLES[ending] for ending in _LONGEST_FIRST if key.endswith(f".{ending}")), None)


def is_sign_of_lora(key: str) -> bool:
    """Whether no other kind of file has a key like this."""
    return is_flat(key) or role_of(key) in _SIGNS


def address_of(key: str, targets: Targets) -> Address | None:
    """What a key says, or `None` if its end is unknown."""
    role = role_of(key)
    if role is None:
        return None
    if is_flat(key):
        return Address(Dialect.SD_SCRIPTS, role, _flat_layers(key.partition(".")[0], targets))
    ending = next(ending for ending in _LONGEST_FIRST if key.endswith(f".{ending}"))
    dialect = Dialect.PEFT if _is_of_peft(key) else Dialect.DIFFUSERS
    return Address(dialect, role, _dotted_layers(key.removesuffix(f".{ending}"), targets))


def _is_of_peft(key: str) -> bool:
    return key.startswith(_PEFT_PREFIX) or any(
        sign in key for sign in (".lora_A.", ".lora_B.", ".lora_magnitude_vector")
    )


def _flat_layers(name: str, targets: Targets) -> tuple[Layer, ...]:
    for prefix, part in _FLAT_PREFIXES.items():
        if name.startswith(prefix):
            layer = targets.flat.get(part, {}).get(name.removeprefix(prefix))
            return () if layer is None else (layer,)
    return ()


def _dotted_layers(name: str, targets: Targets) -> tuple[Layer, ...]:
    name = name.removeprefix(_PEFT_PREFIX)
    parts: tuple[Part, ...] = tuple(targets.shapes)
    for prefix, part in _DOTTED_PREFIXES.items():
        if name.startswith(prefix):
            name, parts = name.removeprefix(prefix), (part,)
            break
    # `attn1.processor.to_q_lora` is where diffusers kept the projection before 0.22.
    name = name.removeprefix(_PEFT_PREFIX).replace(".processor.", ".")
    found = (targets.dotted.get(part, {}).get(name) for part in parts)
    return tuple(layer for layer in found if layer is not None)
