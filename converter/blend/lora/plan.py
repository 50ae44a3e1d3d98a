"""What a LoRA does to a model, and what a person wants to know of it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converter.blend.lora.addresses import Dialect
from converter.blend.lora.algorithms import Algorithm
from converter.blend.lora.apply import Change
from converter.blend.lora.recognise import Adapter, Recognised
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Part
from converter.blend.lora.tensors import LoraHeader

_TELLING = re.compile(r"ss_.*|sshs_.*|modelspec\..*|lora_adapter_metadata|unet|text_encoder|text_encoder_2")


@dataclass(frozen=True)
class LoraSummary:
    """What is shown of a file; known from its header alone."""

    dialects: tuple[Dialect, ...]
    algorithms: Mapping[str, int]
    """Name to number of layers; `LoRA, DoRA` and the like where a layer has both."""
    layers: Mapping[Part, int]
    """How many layers of each part it changes."""
    ranks: tuple[int, int] | None
    """The least and the greatest; `None` if no algorithm of the file has one."""
    embeddings: tuple[str, ...]
    """Keys of Textual Inversions in the file, which are no part of the LoRA."""
    metadata: Mapping[str, str]
    """What the trainer wrote: `ss_*`, `modelspec.*`, PEFT's settings, cloneofsimo's classes of layers."""


@dataclass(frozen=True)
class LoraPlan:
    """Every change that one LoRA makes."""

    name: str
    """Of the file."""
    summary: LoraSummary
    changes: Mapping[Part, Mapping[str, Change]]
    """By part and parameter."""
    alphas: tuple[float, float] | None
    """The least and the greatest; `None` if the file has none, so that each is the rank."""


def changes_for(plans: Sequence[LoraPlan], part: Part, parameter: str) -> tuple[Change, ...]:
    """What several LoRAs do to one parameter, in their order: the second argument of `apply_changes`."""
    found = (plan.changes.get(part, {}).get(parameter) for plan in plans)
    return tuple(change for change in found if change is not None)


def summary_of(header: LoraHeader, recognised: Recognised) -> LoraSummary:
    """What is shown of a recognised file."""
    adapters = recognised.adapters
    ranks = [adapter.rank for adapter in adapters if adapter.rank is not None]
    return LoraSummary(
        dialects=recognised.dialects,
        algorithms=dict(sorted(Counter(_title(header, adapter) for adapter in adapters).items())),
        layers=dict(sorted(Counter(adapter.layer.part for adapter in adapters).items())),
        ranks=(min(ranks), max(ranks)) if ranks else None,
        embeddings=recognised.embeddings,
        metadata={key: value for key, value in sorted(header.metadata.items()) if _TELLING.fullmatch(key)},
    )


def _title(header: LoraHeader, adapter: Adapter) -> str:
    keys = adapter.keys
    title = str(adapter.algorithm)
    if adapter.algorithm is Algorithm.OFT and len(header.tensors.info(keys[Role.OFT_BLOCKS]).shape) == 4:
        title = "BOFT"
    if any(core in keys for core in (Role.MID, Role.HADA_T1, Role.LOKR_T2, Role.GLORA_BM)):
        title += ", Tucker"
    if Role.DORA_SCALE in keys or Role.MAGNITUDE in keys:
        title += ", DoRA"
    return title
