import numpy as np
import pytest

from converter.graphs import Component, ComponentKind, example_shapes, ports_of
from converter.graphs.trace import TRACED
from converter.parity.inputs import CASES, seeded_inputs
from tests.support.components import PARTS, component_of
from tests.support.family_components import NEW_KINDS, family_component
from tests.support.sd1_models import pico

COMPONENTS = {
    **{f"sd1-{kind}": component_of(pico(), kind) for kind in PARTS},
    **{f"{architecture}-{kind}": family_component(architecture, kind) for architecture, kind in NEW_KINDS},
}


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=COMPONENTS)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_inputs_are_the_same_at_every_call(component: Component, case: int) -> None:
    first, second = (seeded_inputs(component, case) for _ in range(2))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=COMPONENTS)
def test_inputs_have_the_names_order_and_dtypes_of_the_ports(component: Component) -> None:
    found = [(name, str(array.dtype)) for name, array in seeded_inputs(component, 0).items()]
    assert found == [(port.name, port.dtype) for port in ports_of(component).inputs]


def test_there_are_two_cases_that_differ_from_the_traced_one_in_batch_height_and_width() -> None:
    assert len(CASES) == 2
    for case in CASES:
        assert case["batch"] != TRACED["batch"]
        assert all(a != b for a, b in zip(case["blocks"], TRACED["blocks"], strict=True))  # type: ignore[call-overload]


def test_one_of_the_cases_differs_from_the_traced_one_in_tokens() -> None:
    assert any(case["tokens"] != TRACED["tokens"] for case in CASES)


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=COMPONENTS)
def test_each_image_axis_differs_from_the_traced_one(component: Component) -> None:
    traced = example_shapes(component, **TRACED)  # type: ignore[arg-type]
    for case in range(len(CASES)):
        for port in ports_of(component).inputs:
            shape = seeded_inputs(component, case)[port.name].shape
            free = [i for i, axis in enumerate(port.shape) if isinstance(axis, str) and axis != "sequence"]
            assert all(shape[i] != traced[port.name][i] for i in free)


def test_images_and_states_are_of_normal_scale() -> None:
    states = seeded_inputs(component_of(pico(), ComponentKind.UNET), 0)["encoder_hidden_states"]
    assert abs(float(states.mean())) < 0.05
    assert 0.95 < float(states.std()) < 1.05


def test_the_timestep_is_no_whole_number() -> None:
    (timestep,) = seeded_inputs(component_of(pico(), ComponentKind.UNET), 0)["timestep"]
    assert timestep != int(timestep)


@pytest.mark.parametrize(("eos", "last"), [(49407, 49407), (100, 100)])
def test_each_row_of_tokens_ends_with_the_end_of_text_and_has_it_nowhere_else(eos: int, last: int) -> None:
    text = component_of(pico(), ComponentKind.TEXT_ENCODER)
    ids = seeded_inputs(Component(text.kind, {**text.config, "eos_token_id": eos}), 1)["input_ids"]
    assert ids[:, -1].tolist() == [last] * len(ids)
    assert last not in ids[:, :-1]


def test_token_ids_are_within_the_vocabulary() -> None:
    ids = seeded_inputs(component_of(pico(), ComponentKind.TEXT_ENCODER), 0)["input_ids"]
    assert ids.min() >= 0
    assert ids.max() < 49408
    assert len(np.unique(ids)) > 10


@pytest.mark.parametrize("case", range(len(CASES)))
def test_sizes_are_whole_numbers_of_pixels(case: int) -> None:
    ids = seeded_inputs(family_component("sdxl", ComponentKind.UNET), case)["time_ids"]
    assert ids.shape[1] == 6
    np.testing.assert_array_equal(ids, np.floor(ids))
    assert (ids.min() >= 0, ids.max() <= 1024, len(np.unique(ids)) > 1) == (True, True, True)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_labels_are_some_that_the_unet_knows(case: int) -> None:
    labels = seeded_inputs(family_component("sd-x4-upscaler", ComponentKind.UNET), case)["class_labels"]
    assert (labels.min() >= 0, labels.max() < 1000) == (True, True)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_hints_are_images_between_0_and_1(case: int) -> None:
    hints = seeded_inputs(family_component("sd1", ComponentKind.CONTROLNET), case)["controlnet_cond"]
    assert hints.shape[1] == 3
    assert 0 <= hints.min() < 0.1
    assert 0.9 < hints.max() <= 1
