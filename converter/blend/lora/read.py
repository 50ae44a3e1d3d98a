"""From a LoRA file to the changes that it makes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from converter.blend.errors import BlendError
from converter.blend.lora.addresses import Dialect
from converter.blend.lora.apply import Change
from converter.blend.lora.block_weights import block_factors
from converter.blend.lora.build import AdapterTensors, changes_of
from converter.blend.lora.plan import LoraPlan, LoraSummary, summary_of
from converter.blend.lora.recognise import Adapter, Recognised, recognise
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Part, Targets
from converter.blend.lora.tensors import LoraFile, LoraHeader
from converter.blend.lora.walks import Order


class Strengths(Protocol):
    """How strongly a LoRA is added: the registry's `LoraWeight` is one."""

    @property
    def unet(self) -> float:
        """To the UNet."""
        ...

    @property
    def text_encoder(self) -> float:
        """To each text encoder."""
        ...


@dataclass(frozen=True)
class _Full:
    unet: float = 1.0
    text_encoder: float = 1.0


@dataclass(frozen=True)
class Hints:
    """What an entry says about a file beyond its weight."""

    dialect: Dialect | None = None
    """The trainer; it must be among what the file shows."""
    block_weights: Sequence[float] | None = None
    """See `block_factors`."""
    order: Order | None = None
    """For cloneofsimo's files, if both orders fit."""


def describe_lora(header: LoraHeader, targets: Targets, hints: Hints | None = None) -> LoraSummary:
    """What a LoRA is, checked against the model by names and shapes alone: nothing is read.

    Raises:
        BlendError: the file is no LoRA, or does not fit the model as a whole, or there are not as many block weights
            as it has blocks.
    """
    hints = hints or Hints()
    recognised = _recognised(header, targets, hints)
    block_factors(hints.block_weights, targets)
    return summary_of(header, recognised)


def read_lora(
    file: LoraFile, targets: Targets, *, weight: Strengths | None = None, hints: Hints | None = None
) -> LoraPlan:
    """Every change that a LoRA makes, matched with the model; its tensors are read when they are applied.

    Args:
        file: The file, which must stay open until the last change is applied.
        targets: What the model has.
        weight: How strongly it is blended; 1 without.
        hints: What the entry says about the file.

    Raises:
        BlendError: the file is no LoRA, or does not fit the model as a whole, or an alpha is NaN or an infinity.
    """
    strengths, hints = weight or _Full(), hints or Hints()
    recognised = _recognised(file, targets, hints)
    factor = block_factors(hints.block_weights, targets)
    changes: dict[Part, dict[str, Change]] = defaultdict(dict)
    for adapter in recognised.adapters:
        strength = strengths.unet if adapter.layer.part == "unet" else strengths.text_encoder
        for change in changes_of(AdapterTensors(file, adapter), strength * factor(adapter.layer)):
            changes[change.part][change.parameter] = change
    return LoraPlan(file.name, summary_of(file, recognised), dict(changes), _alphas(file, recognised.adapters))


def _recognised(header: LoraHeader, targets: Targets, hints: Hints) -> Recognised:
    recognised = recognise(header, targets, order=hints.order)
    if hints.dialect is not None and hints.dialect not in recognised.dialects:
        raise BlendError(
            f"{header.name}: its keys are those of {' and '.join(recognised.dialects)}, expected {hints.dialect} as "
            "the entry says; correct the entry's `model`, or leave it out"
        )
    return recognised


def _alphas(file: LoraFile, adapters: Sequence[Adapter]) -> tuple[float, float] | None:
    alphas = [AdapterTensors(file, adapter).number(Role.ALPHA) for adapter in adapters]
    found = [alpha for alpha in alphas if alpha is not None]
    return (min(found), max(found)) if found else None
