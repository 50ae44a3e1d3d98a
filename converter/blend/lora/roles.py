"""What a tensor of a LoRA file is to its layer, and how each trainer spells it. Pure."""

from collections.abc import Mapping
from enum import Enum


class Role(Enum):
    """One tensor of the set that changes a layer; the value is the name that messages use."""

    UP = "up"
    """`(out, rank)`; LoRA's B."""
    DOWN = "down"
    """`(rank, in)`; LoRA's A."""
    MID = "mid"
    """`(rank, rank, height, width)`: the core of a Tucker decomposition."""
    ALPHA = "alpha"
    """One number: the change is scaled by alpha / rank."""
    SCALAR = "scalar"
    """One number that LyCORIS learns: the change is scaled by it."""
    DORA_SCALE = "dora_scale"
    """`(out, 1, ...)` or `(1, in, 1, ...)`: DoRA's magnitudes, as LyCORIS writes them."""
    MAGNITUDE = "magnitude"
    """`(out,)` or `(1, out, 1, 1)`: DoRA's magnitudes, as PEFT writes them."""
    HADA_W1_A = "hada_w1_a"
    HADA_W1_B = "hada_w1_b"
    HADA_W2_A = "hada_w2_a"
    HADA_W2_B = "hada_w2_b"
    HADA_T1 = "hada_t1"
    HADA_T2 = "hada_t2"
    LOKR_W1 = "lokr_w1"
    LOKR_W1_A = "lokr_w1_a"
    LOKR_W1_B = "lokr_w1_b"
    LOKR_W2 = "lokr_w2"
    LOKR_W2_A = "lokr_w2_a"
    LOKR_W2_B = "lokr_w2_b"
    LOKR_T2 = "lokr_t2"
    IA3_WEIGHT = "weight"
    """`(channels,)` or `(1, channels, 1, 1)`: what (IA)^3 adds to a factor of one per channel."""
    ON_INPUT = "on_input"
    """One number: whether the channels are those of the input."""
    DIFF = "diff"
    """What is added to the weight."""
    DIFF_B = "diff_b"
    """What is added to the bias."""
    NORM_WEIGHT = "w_norm"
    NORM_BIAS = "b_norm"
    GLORA_A1 = "a1"
    GLORA_A2 = "a2"
    GLORA_B1 = "b1"
    GLORA_B2 = "b2"
    GLORA_BM = "bm"
    OFT_BLOCKS = "oft_blocks"
    """`(blocks, size, size)`, or `(stages, blocks, size, size)` of a butterfly (BOFT)."""
    RESCALE = "rescale"
    """`(out, 1, ...)`: a factor for each output."""


_SAME_IN_ALL = (
    Role.ALPHA, Role.SCALAR, Role.DORA_SCALE,
    Role.HADA_W1_A, Role.HADA_W1_B, Role.HADA_W2_A, Role.HADA_W2_B, Role.HADA_T1, Role.HADA_T2,
    Role.LOKR_W1, Role.LOKR_W1_A, Role.LOKR_W1_B, Role.LOKR_W2, Role.LOKR_W2_A, Role.LOKR_W2_B, Role.LOKR_T2,
    Role.IA3_WEIGHT, Role.ON_INPUT, Role.DIFF, Role.DIFF_B, Role.NORM_WEIGHT, Role.NORM_BIAS,
    Role.OFT_BLOCKS, Role.RESCALE,
)  # fmt: skip

# Sources: https://github.com/KohakuBlueleaf/LyCORIS/tree/v4.1.3/lycoris/modules (`weight_list`), Apache-2.0
#          https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/networks/lora.py
#          (`LoRAModule`), Apache-2.0
#          https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/utils/state_dict_utils.py, Apache-2.0
#          https://github.com/huggingface/peft/blob/v0.21.2/src/peft/utils/save_and_load.py, Apache-2.0
ROLES: Mapping[str, Role] = {
    **{role.value: role for role in _SAME_IN_ALL},
    "lora_up.weight": Role.UP,                       # sd-scripts, LyCORIS
    "lora_down.weight": Role.DOWN,
    "lora_mid.weight": Role.MID,
    "lora_B.weight": Role.UP,                        # PEFT
    "lora_A.weight": Role.DOWN,
    "lora_B.default.weight": Role.UP,                # PEFT, the state dict of the model itself
    "lora_A.default.weight": Role.DOWN,
    "lora_magnitude_vector": Role.MAGNITUDE,
    "lora_magnitude_vector.weight": Role.MAGNITUDE,
    "lora_magnitude_vector.default.weight": Role.MAGNITUDE,
    "lora.up.weight": Role.UP,                       # diffusers
    "lora.down.weight": Role.DOWN,
    "lora_linear_layer.up.weight": Role.UP,
    "lora_linear_layer.down.weight": Role.DOWN,
    "up.weight": Role.UP,                            # diffusers, behind `to_q_lora`
    "down.weight": Role.DOWN,
    "lora.alpha": Role.ALPHA,
    "lora_linear_layer.alpha": Role.ALPHA,
    "a1.weight": Role.GLORA_A1,                      # LyCORIS
    "a2.weight": Role.GLORA_A2,
    "b1.weight": Role.GLORA_B1,
    "b2.weight": Role.GLORA_B2,
    "bm.weight": Role.GLORA_BM,
}  # fmt: skip
"""By how a key ends, behind the layer's name and a dot."""
