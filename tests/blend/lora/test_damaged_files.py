"""Each dialect with one key renamed, one shape changed, one tensor missing, one number broken: refused, by name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.lora import LoraFile, describe_lora
from converter.blend.lora.roles import ROLES
from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import blended
from tests.support.lora_files.in_memory import file_of
from tests.support.lora_files.made import Case, Made
from tests.support.lora_files.made_once import made_once
from tests.support.lora_files.tiny_models import shared_model

Array = np.ndarray[Any, Any]
FIT_ELSEWHERE = ("LoCon, lora_mid", "LoHa, hada_t", "LoKr, lokr_t2", "OFT", "norms", "cloneofsimo .pt, text")
"""Those about convolutions, outputs or a text encoder alone, which two of the architectures have alike."""
NAMED = [case for case in CASES if ".pt" not in case.name]


@cache  # each file is damaged in many ways, and has the same keys but one
def split(key: str) -> tuple[str, str]:
    """A key as its layer and its ending."""
    if ":" in key:
        return key.rpartition(":")[0], key.rpartition(":")[2]
    ending = max((ending for ending in ROLES if key.endswith(f".{ending}")), key=len, default="")
    return key.removesuffix(f".{ending}"), ending


def one_of_each_kind(made: Made) -> Iterator[str]:
    """A key with each ending that the file has, of a layer that has other tensors, too."""
    tensors_of = Counter(split(key)[0] for key in made.tensors)
    by_ending: dict[str, list[str]] = {}
    for key in sorted(made.tensors):
        if tensors_of[split(key)[0]] > 1 or made.as_list:
            by_ending.setdefault(split(key)[1], []).append(key)
    for keys in by_ending.values():
        yield keys[len(keys) // 2]


def refused(file: LoraFile) -> str:
    """What the refusal says; names and shapes are enough for it."""
    with pytest.raises(BlendError) as caught:
        describe_lora(file, shared_model("sd1").targets)
    return str(caught.value)


def without(tensors: Mapping[str, Array], key: str) -> dict[str, Array]:
    return {name: array for name, array in tensors.items() if name != key}


def cut(array: Array) -> Array:
    """One less along the last axis that is longer than one; two numbers where there was one."""
    long = [axis for axis, size in enumerate(array.shape) if size > 1]
    return array.take(range(array.shape[long[-1]] - 1), axis=long[-1]) if long else np.stack([array, array])


@pytest.mark.parametrize("case", NAMED, ids=str)
def test_a_renamed_layer_is_refused_by_name(case: Case) -> None:
    made = made_once(case)
    for key in one_of_each_kind(made):
        layer, ending = split(key)
        renamed = f"{layer}9:{ending}" if ":" in key else f"{layer}_renamed.{ending}"

        message = refused(file_of(made, without(made.tensors, key) | {renamed: made.tensors[key]}))

        assert renamed in message or key in message


@pytest.mark.parametrize("case", NAMED, ids=str)
def test_an_ending_that_nobody_writes_is_refused_by_name(case: Case) -> None:
    made = made_once(case)
    for key in one_of_each_kind(made):
        renamed = f"{key}_renamed"

        message = refused(file_of(made, without(made.tensors, key) | {renamed: made.tensors[key]}))

        assert renamed in message


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_shape_is_refused_by_name(case: Case) -> None:
    made = made_once(case)
    for key in one_of_each_kind(made):
        message = refused(file_of(made, {**made.tensors, key: cut(made.tensors[key])}))

        assert split(key)[0] in message


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_missing_tensor_is_refused_by_name(case: Case) -> None:
    made = made_once(case)
    for key in one_of_each_kind(made):
        message = refused(file_of(made, without(made.tensors, key)))

        assert "a tensor is missing" in message if made.as_list else split(key)[0] in message


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_none_is_refused_by_the_name_of_its_tensor(case: Case, number: float) -> None:
    made = made_once(case)
    for key in one_of_each_kind(made):
        if np.asarray(made.tensors[key]).dtype.kind != "f":
            continue  # (IA)^3's on_input is a whole number
        broken = np.array(made.tensors[key])
        broken.reshape(-1)[-1] = number

        with pytest.raises(BlendError) as caught:
            blended(file_of(made, {**made.tensors, key: broken}), shared_model("sd1"))

        assert f"tensor {key!r}" in str(caught.value)


@pytest.mark.parametrize("case", [case for case in CASES if not case.name.startswith(FIT_ELSEWHERE)], ids=str)
@pytest.mark.parametrize("other", ["sd2", "sdxl"])
def test_a_file_for_one_architecture_is_refused_by_the_others(case: Case, other: str) -> None:
    with pytest.raises(BlendError):
        describe_lora(file_of(made_once(case)), shared_model(other).targets)
