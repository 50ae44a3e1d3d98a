"""Each dialect on each architecture: made by its own tool, blended by us, computed by somebody else."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import blended, compare
from tests.support.lora_files.in_memory import file_of
from tests.support.lora_files.made import Case
from tests.support.lora_files.made_once import made_once
from tests.support.lora_files.tiny_models import ARCHITECTURES, generator, shared_model

LINEAR = [case for case in CASES if "BOFT" not in case.name and "rescale" not in case.name]
"""Those whose change grows with the weight; see test_rotations.py for the others."""


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_parameter_is_what_the_reference_says(case: Case, architecture: str, tmp_path: Path) -> None:
    model = shared_model(architecture)
    made = made_once(case) if architecture == "sd1" else case.make(model)

    compared = compare(case, made, model, tmp_path)

    assert compared.error < 1e-5
    assert compared.effect > 0.1


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_order_of_the_tensors_in_the_file_changes_no_bit(case: Case) -> None:
    model, made = shared_model("sd1"), made_once(case)
    shuffled = [str(name) for name in generator("order").permutation(list(made.tensors))]
    assert shuffled != list(made.tensors)

    first = blended(file_of(made), model)
    second = blended(file_of(made, {name: made.tensors[name] for name in shuffled}), model)

    assert list(first) == list(second)
    assert all(first[key].tobytes() == second[key].tobytes() for key in first)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_weight_of_0_is_the_old_model_bit_for_bit(case: Case) -> None:
    model = shared_model("sd1")

    ours = blended(file_of(made_once(case)), model, strength=0.0)

    assert ours
    for (part, name), value in ours.items():
        assert value.tobytes() == model.base[part][name].tobytes()
        assert not np.shares_memory(value, model.base[part][name])


@pytest.mark.parametrize(
    "case", [case for case in CASES if "BOFT" not in case.name and "rescale" not in case.name], ids=str
)
@pytest.mark.parametrize("strength", [0.5, -0.3])
def test_any_other_weight_is_that_far_from_the_old_model_to_the_new(case: Case, strength: float) -> None:
    model, made = shared_model("sd1"), made_once(case)

    ours = blended(file_of(made), model, strength=strength)

    for (part, name), theirs in made.expected.items():
        base = model.base[part][name].astype(np.float64)
        expected = base + strength * (theirs - base)
        assert np.abs(ours[part, name] - expected).max() < 1e-5 * np.abs(expected).max()
