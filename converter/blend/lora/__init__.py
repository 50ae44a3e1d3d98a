"""A LoRA file of any dialect, as the changes of a model's parameters.

`read_lora` gives a `LoraPlan`, `apply_changes` the new value of a parameter from several of them (`changes_for`);
`describe_lora` says what a file is from its header alone, `is_lora` whether it is one. `LoraFile` and `LoraHeader` are
what goes in, `Targets` what the model has. Every tensor of a file is applied, or `BlendError` names those that are not.

The way: `addresses` (key to layer and role), `algorithms` (roles to a set), `fits` (shapes), `recognise` (all of
these), `build` (sets to changes), `deltas` and `rewrites` (the maths), `apply`. numpy is all that it computes with.
"""

from converter.blend.lora.addresses import Dialect
from converter.blend.lora.apply import Change, apply_changes
from converter.blend.lora.changed_weights import ChangedWeights
from converter.blend.lora.original_names import original_names
from converter.blend.lora.plan import LoraPlan, LoraSummary, changes_for
from converter.blend.lora.read import Hints, Strengths, describe_lora, read_lora
from converter.blend.lora.recognise import is_lora
from converter.blend.lora.targets import Part, Targets
from converter.blend.lora.tensors import LoraFile, LoraHeader
from converter.blend.lora.walks import Order

__all__ = [
    "Change",
    "ChangedWeights",
    "Dialect",
    "Hints",
    "LoraFile",
    "LoraHeader",
    "LoraPlan",
    "LoraSummary",
    "Order",
    "Part",
    "Strengths",
    "Targets",
    "apply_changes",
    "changes_for",
    "describe_lora",
    "is_lora",
    "original_names",
    "read_lora",
]
