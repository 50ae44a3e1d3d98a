"""Which script made a file, told from its metadata and its keys. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Trace:
    """What a script leaves behind; every pattern that is given must be found."""

    maker: str
    metadata: str | None = None
    """Matches the beginning of `key=value` of one item."""
    key: str | None = None
    """Matches the beginning of the name of one tensor."""

    def is_in(self, items: Collection[str], names: Collection[str]) -> bool:
        return _any(self.metadata, items) and _any(self.key, names)


# The first that fits counts, so what is more special stands further up. Sources:
# https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/8faafb60804f40506eb3166e71d4d33bdc4e5c58/modules/extras.py
# (AGPL-3.0)
# https://github.com/kohya-ss/sd-scripts/blob/v0.9.1/library/train_util.py and library/sai_model_spec.py (Apache-2.0)
# https://github.com/KohakuBlueleaf/LyCORIS/tree/1d3a9a28763b6e8346294ae822778887f256c9e9/lycoris/modules (Apache-2.0)
# https://github.com/cloneofsimo/lora/blob/99ba84b712bb8fda36a39634c702dadbb3c32c74/lora_diffusion/lora.py (Apache-2.0)
# https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/loaders/lora_base.py (Apache-2.0)
# https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/models/diffusion/ddpm.py
_TRACES = (
    _Trace("the web UI's merge (AUTOMATIC1111)", metadata="sd_merge_(recipe|models)="),
    _Trace("LyCORIS, in kohya's sd-scripts", metadata=r"ss_network_module=lycoris\."),
    _Trace("LyCORIS", key=r".*\.(hada_w1_[ab]|lokr_w[12](_[ab])?|oft_blocks|oft_diag|a1\.weight)$"),
    _Trace("kohya's sd-scripts", metadata="ss_"),
    _Trace("kohya's sd-scripts", key=r"lora_(unet|te\d?)_.*\.lora_(down|up)\.weight$"),
    _Trace("cloneofsimo's lora", key=r"(unet|text_encoder):\d+:(up|down)$"),
    _Trace("diffusers with PEFT", key=r"(unet|text_encoder(_2)?)\..*\.lora_[AB]\.(default\.)?weight$"),
    _Trace("diffusers", key=r"(unet|text_encoder(_2)?)\..*(\.lora\.(down|up)|_lora\.(down|up))\.weight$"),
    _Trace("Stability's or kohya's scripts (they write ModelSpec)", metadata=r"modelspec\."),
    _Trace("diffusers or transformers", key=r"(text_model\.|down_blocks\.|decoder\.mid_block\.)"),
    _Trace("the training scripts of CompVis, Runway or Stability", key=r"(alphas_cumprod$|model_ema\.|betas$)"),
)


def maker_of(metadata: Mapping[str, str], names: Collection[str]) -> str:
    """The script that wrote a file with this metadata and these tensors; `unknown` if it left no trace.

    It is what the file says about itself, so it is a hint for a person and decides nothing.
    """
    items = [f"{key}={value}" for key, value in metadata.items()]
    return next((trace.maker for trace in _TRACES if trace.is_in(items, names)), UNKNOWN)


def _any(pattern: str | None, texts: Collection[str]) -> bool:
    return pattern is None or any(re.match(pattern, text) for text in texts)
