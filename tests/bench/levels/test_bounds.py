"""A promise is held or not by the figures alone."""

from dataclasses import replace

import pytest

from tests.bench.levels.bounds import Bound, bounds, mixed_bytes
from tests.bench.levels.results import OPTIMUM, Component, Converted, LevelResult, Measured
from tests.bench.levels.settings import TINY
from tests.bench.levels.sizes import Sizes

SIZES = {"sd1": Sizes(4_000, {"fp32/none": {"vae_decoder": 1_000, "unet": 3_020}})}


def measured(*, load: float = 1.0, step: float = 1.0, peak: int = 100) -> Measured:
    return Measured((load, load, 9.0), (load,), (step, step, 9.0), peak)


def result(level: str, **measured_of: Measured) -> LevelResult:
    converted = Converted(1.0, 1.0, 1.0, 1, 1, {"unet": 1}, {"unet": 1.0})
    by_whose = {level: measured_of.pop("ours"), **measured_of}
    return LevelResult(level, "", TINY, False, {}, converted, {"unet": Component(by_whose, None)})


def beside_plain(level: str, ours: Measured, plain: Measured) -> LevelResult:
    found = result(level, ours=ours)
    both = {**found.components["unet"].measured, level.replace("fused", "none"): plain}
    return replace(found, components={"unet": Component(both, None)})


def about(what: str, found: tuple[Bound, ...]) -> list[bool]:
    return [bound.held for bound in found if what in bound.what]


@pytest.mark.parametrize(("load", "held"), [(0.9, True), (1.0, True), (1.01, False)])
def test_loading_may_take_as_long_as_optimum_and_no_longer(load: float, held: bool) -> None:
    found = {"fp32/none": result("fp32/none", ours=measured(load=load), optimum=measured())}

    assert about("load", bounds(found, SIZES, real_size=False)) == [held, held]  # of the UNet, and of all together


@pytest.mark.parametrize(("step", "held"), [(1.05, True), (1.06, False)])
def test_a_step_may_take_a_twentieth_longer(step: float, held: bool) -> None:
    found = {"fp32/none": result("fp32/none", ours=measured(step=step), optimum=measured())}

    assert about("step", bounds(found, SIZES, real_size=False)) == [held]


def test_only_float32_without_fusion_is_promised_against_optimum() -> None:
    found = {"fp16/none": result("fp16/none", ours=measured(load=2, step=2), **{OPTIMUM: measured()})}

    assert about("optimum", bounds(found, SIZES, real_size=False)) == []


@pytest.mark.parametrize(
    ("step", "peak", "held"), [(1.0, 99, [True, True]), (1.01, 99, [False, True]), (1.0, 100, [True, False])]
)
def test_fused_is_no_slower_and_takes_less_memory(step: float, peak: int, held: list[bool]) -> None:
    found = {"fp16/fused": beside_plain("fp16/fused", measured(step=step, peak=peak), measured())}

    assert about("fp16/fused", bounds(found, SIZES, real_size=False)) == held


@pytest.mark.parametrize(("unet", "held"), [(3_040, True), (3_041, False), (2_960, True), (2_959, False)])
def test_float32_is_within_one_percent_of_the_parameters(unet: int, held: bool) -> None:
    sizes = {"sdxl": Sizes(4_000, {"fp32/none": {"unet": unet, "vae_decoder": 1_000}})}

    assert about("sdxl", bounds({}, sizes, real_size=False)) == [held]


def test_gigabytes_are_promised_of_the_real_size_only() -> None:
    levels = {
        "fp32/none": {"vae_decoder": 200_000_000},
        "fp16/none": {"vae_decoder": 100_000_000, "unet": 2_030_000_000},
    }
    sizes = {"sd1": Sizes(4_260_000_000, levels)}

    assert about("size", bounds({}, sizes, real_size=True)) == [False, True, True]
    assert about("size", bounds({}, sizes, real_size=False)) == [False]


def test_mixed_is_float16_with_the_decoder_of_float32() -> None:
    levels = {"fp32/none": {"vae_decoder": 10, "unet": 40}, "fp16/none": {"vae_decoder": 5, "unet": 20}}

    assert mixed_bytes(Sizes(50, levels)) == 30
    assert mixed_bytes(Sizes(50, {"fp32/none": levels["fp32/none"]})) is None
