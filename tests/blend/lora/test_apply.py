"""Several changes of one parameter, in order, exactly, and in little memory."""

import tracemalloc
from itertools import permutations

import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.lora import apply_changes, changes_for, read_lora
from tests.support.lora_files.cases import CASES
from tests.support.lora_files.comparing import Strength
from tests.support.lora_files.in_memory import ArrayTensors, file_of, in_memory
from tests.support.lora_files.made_once import made_once
from tests.support.lora_files.tiny_models import generator, shared_model

BY_NAME = {case.name: case for case in CASES}
SEVERAL = [
    "LoRA, LoCon (sd-scripts)", "LoHa", "LoKr, whole w1, factored w2", "DoRA on LoRA", "(IA)^3 on inputs", "GLoRA",
    "OFT", "BOFT",
]  # fmt: skip
LAYER = "up_blocks.0.resnets.0.conv1"


def changes(*names: str, strength: float = 0.7) -> tuple:  # type: ignore[type-arg]
    plans = [
        read_lora(file_of(made_once(BY_NAME[name])), shared_model("sd1").targets, weight=Strength(strength, strength))
        for name in names
    ]
    return changes_for(plans, "unet", f"{LAYER}.weight")


@pytest.mark.parametrize(("first", "second"), list(permutations(SEVERAL, 2)))
def test_two_loras_are_as_one_after_the_other(first: str, second: str) -> None:
    base = shared_model("sd1").base["unet"][f"{LAYER}.weight"]

    together = apply_changes(base, changes(first, second))
    one_by_one = apply_changes(apply_changes(base, changes(first)), changes(second))

    assert len(changes(first, second)) == 2
    assert np.abs(together - one_by_one).max() < 1e-6 * np.abs(one_by_one).max()


def test_the_order_of_two_loras_matters_where_one_depends_on_the_weight() -> None:
    base = shared_model("sd1").base["unet"][f"{LAYER}.weight"]

    one_way = apply_changes(base, changes("LoHa", "DoRA on LoRA"))
    other_way = apply_changes(base, changes("DoRA on LoRA", "LoHa"))

    assert np.abs(one_way - other_way).max() > 1e-2 * np.abs(one_way).max()


def test_the_old_weight_is_not_written_to_and_the_new_one_is_another_array() -> None:
    base = shared_model("sd1").base["unet"][f"{LAYER}.weight"].copy()
    before = base.tobytes()
    base.flags.writeable = False

    for name in SEVERAL:
        new = apply_changes(base, changes(name))
        assert base.tobytes() == before
        assert not np.shares_memory(new, base)
    assert apply_changes(base, ()).tobytes() == before


@pytest.mark.parametrize("wrong", ["float16", "shape"])
def test_another_parameter_than_the_changes_are_for_is_refused(wrong: str) -> None:
    base = shared_model("sd1").base["unet"][f"{LAYER}.weight"]
    base = base.astype(np.float16) if wrong == "float16" else base[:-1]

    with pytest.raises(BlendError, match=rf"the unet's {LAYER}\.weight is float.., expected float32 \[|is float"):
        apply_changes(base, changes("LoHa"))


def test_a_result_that_is_too_large_for_float32_is_refused() -> None:
    targets = type(shared_model("sd1").targets)("a model", {"unet": {"conv_in.weight": (2, 2)}})
    huge = {f"lora_unet_conv_in.lora_{side}.weight": np.full((2, 2), 1e30, np.float32) for side in ("up", "down")}
    todo = changes_for([read_lora(in_memory(huge), targets)], "unet", "conv_in.weight")

    with pytest.raises(BlendError, match=r"blended: tensor 'unet: conv_in\.weight' .* holds an infinity"):
        apply_changes(np.ones((2, 2), np.float32), todo)


def test_a_weight_that_is_no_whole_array_gives_the_same() -> None:
    base = shared_model("sd1").base["unet"][f"{LAYER}.weight"]
    turned = np.asfortranarray(base)

    assert apply_changes(turned, changes("LoHa")).tobytes() == apply_changes(base, changes("LoHa")).tobytes()
    assert apply_changes(turned, changes("LoHa", strength=0.0)).tobytes() == base.tobytes()


def test_nothing_but_single_numbers_is_read_before_a_change_is_applied_and_each_tensor_is_given_back() -> None:
    file = file_of(made_once(BY_NAME["LoRA, LoCon (sd-scripts)"]))
    tensors = file.tensors
    assert isinstance(tensors, ArrayTensors)

    plan = read_lora(file, shared_model("sd1").targets)
    early = {name for name in tensors.reads if not name.startswith("done ")}
    tensors.reads.clear()
    apply_changes(shared_model("sd1").base["unet"][f"{LAYER}.weight"], changes_for([plan], "unet", f"{LAYER}.weight"))

    assert {name.rpartition(".")[2] for name in early} == {"alpha"}
    name = f"lora_unet_{LAYER.replace('.', '_')}"
    assert sorted(tensors.reads) == sorted(
        f"{done}{name}.lora_{side}.weight" for side in ("down", "up") for done in ("", "done ")
    )


@pytest.mark.parametrize("dora", [False, True], ids=["LoRA", "DoRA"])
def test_three_loras_take_the_new_weight_one_more_and_the_factors(dora: bool) -> None:
    rank, shape = 16, (1280, 1280)
    targets = shared_model("sd1").targets
    large = type(targets)(targets.architecture, {"unet": {"conv_in.weight": shape}})
    base = generator("large").standard_normal(shape, dtype=np.float32)
    plans = [read_lora(in_memory(_pair(shape, rank, dora=dora)), large) for _ in range(3)]
    todo = changes_for(plans, "unet", "conv_in.weight")

    tracemalloc.start()
    apply_changes(base, todo)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    factors = 3 * 2 * (shape[0] + shape[1]) * rank * 4 * 2
    assert peak < (2 if dora else 1) * base.nbytes + factors + (8 << 20)


def _pair(
    shape: tuple[int, int], rank: int, *, dora: bool
) -> dict[str, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]:
    random = generator("pair")
    tensors = {
        "lora_unet_conv_in.lora_up.weight": random.standard_normal((shape[0], rank), dtype=np.float32),
        "lora_unet_conv_in.lora_down.weight": random.standard_normal((rank, shape[1]), dtype=np.float32),
    }
    if dora:
        tensors["lora_unet_conv_in.dora_scale"] = np.ones((shape[0], 1), np.float32)
    return tensors
