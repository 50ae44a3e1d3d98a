"""cloneofsimo's files: numbers instead of names."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.lora import Hints, Order, Targets, describe_lora, read_lora
from tests.support.lora_files.documented_files import safeloras, tensor_list
from tests.support.lora_files.in_memory import file_of, header_of, in_memory
from tests.support.lora_files.tiny_models import shared_model

Array = np.ndarray[Any, Any]
BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
ALIKE = Targets(
    "a model whose layers all have one shape",
    {"unet": {f"{BLOCK}.{layer}.weight": (4, 4) for layer in ("attn1.to_q", "attn2.to_q", "ff.net.0.proj")}},
)
THREE = {f"unet:{number}:{side}": (4, 4) for number in range(3) for side in ("up", "down")}
CLASSES = {"unet": '["Attention", "GEGLU"]'}


def changed_by_second(order: Order) -> str:
    tensors = {key: np.full((4, 4), float(key[5]), np.float32) for key in THREE}
    plan = read_lora(in_memory(tensors, CLASSES), ALIKE, hints=Hints(order=order))
    (name,) = (name for name, change in plan.changes["unet"].items() if change.what.delta.up.key == "unet:1:up")  # type: ignore[union-attr]
    return name


def test_where_both_orders_fit_the_file_is_refused_until_the_entry_says_which() -> None:
    with pytest.raises(
        BlendError, match="fit the model in 2 orders of layers, expected one; say which: attn1-ff-attn2 or"
    ):
        describe_lora(header_of(THREE, CLASSES), ALIKE)

    assert changed_by_second(Order.OLD) == f"{BLOCK}.ff.net.0.proj.weight"
    assert changed_by_second(Order.NEW) == f"{BLOCK}.attn2.to_q.weight"


def test_the_wrong_order_of_the_entry_does_not_matter_where_only_one_fits() -> None:
    made = safeloras(shared_model("sd1"), new_order=True)

    summary = describe_lora(file_of(made), shared_model("sd1").targets, Hints(order=Order.OLD))

    assert summary.layers == {"text_encoder": 8, "unet": 54}


def test_textual_inversions_in_the_file_are_told_and_are_no_part_of_the_lora() -> None:
    made = safeloras(shared_model("sd1"), new_order=True)
    file = in_memory({**made.tensors, "<s1>": np.ones(48, np.float32)}, {**made.metadata, "<s1>": "<embed>"})

    plan = read_lora(file, shared_model("sd1").targets)

    assert plan.summary.embeddings == ("<s1>",)
    assert sum(len(changes) for changes in plan.changes.values()) == len(made.expected)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"unet": '["Transformer2DModel"]'}, "expected a JSON list of Attention, CLIPAttention, CrossAttention"),
        ({"unet": "Attention"}, "the metadata says that 'Attention' of the unet was trained"),
        ({"unet": '"Attention"'}, "expected a JSON list"),
        ({"unet": "[1]"}, "expected a JSON list"),
        ({"unet:0:rank": "8"}, r"unet:0:down is \[4, 4\], expected a rank of 8 as the metadata's unet:0:rank says"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(metadata: Mapping[str, str], words: str) -> None:
    with pytest.raises(BlendError, match=words):
        describe_lora(header_of(THREE, {**CLASSES, **metadata}), ALIKE)


def test_an_embedding_that_the_metadata_does_not_name_is_an_unknown_key() -> None:
    with pytest.raises(BlendError, match="1 unknown keys: <s1>; expected PART:NUMBER:up"):
        describe_lora(header_of({**THREE, "<s1>": (768,)}, CLASSES), ALIKE)


def test_a_part_that_the_model_lacks_is_refused() -> None:
    with pytest.raises(
        BlendError, match="found 1 pairs of up and down, which do not fit the missing part of this model"
    ):
        describe_lora(header_of({"text_encoder:0:up": (4, 1), "text_encoder:0:down": (1, 4)}), ALIKE)


def test_a_list_of_an_odd_number_of_tensors_is_refused() -> None:
    made = tensor_list(shared_model("sd1"), "text_encoder")
    tensors = {name: array for name, array in made.tensors.items() if name != "15"}

    with pytest.raises(BlendError, match="found a list of 15 tensors, expected pairs of up and down"):
        describe_lora(in_memory(tensors), shared_model("sd1").targets)
