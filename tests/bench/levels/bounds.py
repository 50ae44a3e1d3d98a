"""What the levels promise, and whether that was found. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench.levels.results import OPTIMUM, LevelResult
from tests.bench.levels.sizes import Sizes

LOAD_LIMIT, STEP_LIMIT = 1.0, 1.05
"""Against optimum's export, at `fp32/none`."""
FUSED_LIMIT = 1.0
"""Of a step, and of memory, against the same precision without fusion: no slower, and less."""
NEAR_PARAMETERS = 0.01
PROMISED_GB: Mapping[str, tuple[float, float]] = {
    "fp16-internal/none": (2.13, 0.02),
    "fp16/none": (2.13, 0.02),
    "int8/none": (1.8, 0.05),
}
"""Level of Stable Diffusion 1.5 to its size and how far from it that may be: 1%, or half of its last digit."""
PROMISED_MIXED_GB = (2.23, 0.02)
"""`fp16/none` with the decoder of the VAE in float32."""


@dataclass(frozen=True)
class Bound:
    """A promise."""

    what: str
    limit: str
    found: str
    held: bool


def bounds(results: Mapping[str, LevelResult], sizes: Mapping[str, Sizes], *, real_size: bool) -> tuple[Bound, ...]:
    """Every promise that there are figures for.

    Args:
        results: by level.
        sizes: by architecture, `sd1` and `sdxl`.
        real_size: the model has Stable Diffusion 1.5's own shapes, so that its gigabytes are those that were promised.
    """
    found = [*_near_parameters(sizes), *(_promised_sizes(sizes["sd1"]) if real_size else ())]
    if "fp32/none" in results:
        found += _against_optimum(results["fp32/none"])
    for result in results.values():
        found += _fused(result)
    return tuple(found)


def mixed_bytes(sizes: Sizes) -> int | None:
    """Float16, but for the decoder of the VAE, which is float32; `None` where one of the two is not built."""
    try:
        half, whole = sizes.levels["fp16/none"], sizes.levels["fp32/none"]
    except KeyError:
        return None
    return sum(half.values()) - half["vae_decoder"] + whole["vae_decoder"]


def _near_parameters(sizes: Mapping[str, Sizes]) -> Iterator[Bound]:
    for architecture, each in sizes.items():
        if "fp32/none" in each.levels:
            found, wanted = sum(each.levels["fp32/none"].values()), each.parameter_bytes
            what = f"`{architecture}` `fp32/none`: size against the bytes of its parameters"
            limit = f"{1 - NEAR_PARAMETERS:.2f} to {1 + NEAR_PARAMETERS:.2f}"
            yield Bound(what, limit, f"{found / wanted:.4f}", abs(found - wanted) <= NEAR_PARAMETERS * wanted)


def _promised_sizes(sizes: Sizes) -> Iterator[Bound]:
    for level, promised in PROMISED_GB.items():
        if level in sizes.levels:
            yield _size(f"`sd1` `{level}`: size", sum(sizes.levels[level].values()), promised)
    mixed = mixed_bytes(sizes)
    if mixed is not None:
        yield _size("`sd1` `fp16/none` with the VAE's decoder in float32: size", mixed, PROMISED_MIXED_GB)


def _size(what: str, found_bytes: int, promised: tuple[float, float]) -> Bound:
    wanted, off = promised
    found = found_bytes / 1e9
    return Bound(what, f"{wanted} ± {off} GB", f"{found:.3f} GB", abs(found - wanted) <= off)


def _against_optimum(result: LevelResult) -> Iterator[Bound]:
    for name in result.components:
        yield from _ratio(result, name, "load_s", OPTIMUM, LOAD_LIMIT)
    ours, theirs = (result.whole("load_s", whose) for whose in (result.level, OPTIMUM))
    if ours is not None and theirs is not None:
        what = f"`{result.level}`: load of all components together, against {OPTIMUM}"
        yield Bound(what, f"at most {LOAD_LIMIT}", f"{ours / theirs:.3f}", ours / theirs <= LOAD_LIMIT)
    for name in result.components:
        yield from _ratio(result, name, "step_s", OPTIMUM, STEP_LIMIT)


def _fused(result: LevelResult) -> Iterator[Bound]:
    precision, _, optimize = result.level.partition("/")
    if optimize != "none" and "unet" in result.components:
        plain = f"{precision}/none"
        yield from _ratio(result, "unet", "step_s", plain, FUSED_LIMIT)
        yield from _ratio(result, "unet", "peak_bytes", plain, FUSED_LIMIT, below=True)


_WORDS = {"load_s": "load", "step_s": "step", "peak_bytes": "peak memory"}


def _ratio(
    result: LevelResult, component: str, what: str, against: str, limit: float, *, below: bool = False
) -> Iterator[Bound]:
    ratio = result.ratio(component, what, against)
    if ratio is not None:
        said = f"`{result.level}`: {_WORDS[what]} of `{component}`, against {against}"
        held = ratio < limit if below else ratio <= limit
        yield Bound(said, f"{'below' if below else 'at most'} {limit}", f"{ratio:.3f}", held)
