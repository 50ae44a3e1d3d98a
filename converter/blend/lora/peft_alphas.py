"""The alphas of PEFT's files, which are no tensors: diffusers writes them into the metadata. Pure.

Source: https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/loaders/lora_base.py
        (`LORA_ADAPTER_METADATA_KEY`), https://github.com/huggingface/peft/blob/v0.21.2/src/peft/tuners/lora/layer.py
        (`scaling`), Apache-2.0
"""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from converter.blend.errors import BlendError
from converter.blend.lora.targets import Layer
from converter.blend.lora.tensors import LoraHeader

_KEY = "lora_adapter_metadata"


def peft_scale(header: LoraHeader, layer: Layer, rank: int) -> float | None:
    """What PEFT scales a layer's change by, or `None` if the metadata does not say.

    Raises:
        BlendError: the metadata is damaged.
    """
    settings = _settings(header, layer.part)
    if "lora_alpha" not in settings:
        return None
    alpha = _matching(settings.get("alpha_pattern"), layer.name)
    alpha = settings["lora_alpha"] if alpha is None else alpha
    if type(alpha) not in (int, float) or not math.isfinite(alpha):
        raise _damaged(header, f"lora_alpha is {alpha!r}", "a number")
    return float(alpha) / (math.sqrt(rank) if settings.get("use_rslora") is True else rank)


def _settings(header: LoraHeader, part: str) -> Mapping[str, Any]:
    """The settings of one part: `unet.lora_alpha`, or `lora_alpha` in a file for the UNet alone."""
    raw = header.metadata.get(_KEY)
    if raw is None:
        return {}
    try:
        settings = _parsed(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(header, f"it cannot be read ({error})", "a JSON object") from error
    if not isinstance(settings, dict):
        raise _damaged(header, f"it is a {type(settings).__name__}", "a JSON object")
    own = {key.removeprefix(f"{part}."): value for key, value in settings.items() if key.startswith(f"{part}.")}
    return own or (settings if part == "unet" and "lora_alpha" in settings else {})


@lru_cache(maxsize=8)
def _parsed(raw: str) -> Any:
    """Asked for once by each layer."""
    return json.loads(raw)


def _matching(patterns: object, name: str) -> Any:
    if not isinstance(patterns, dict):
        return None
    # PEFT reads each as a regular expression; they are names with dots, and a stranger's expression may never end.
    plain = (pattern.removeprefix("^") for pattern in patterns)
    found = [pattern for pattern in plain if re.search(rf"(?:^|\.){re.escape(pattern)}$", name)]
    return (patterns.get(found[0]) or patterns.get(f"^{found[0]}")) if found else None


def _damaged(header: LoraHeader, found: str, expected: str) -> BlendError:
    return BlendError(f"{header.name}: the metadata's {_KEY}: {found}, expected {expected}; save the LoRA again")
