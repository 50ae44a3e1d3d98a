"""Sizes: beside those of onnx-web's guide, and those of Stable Diffusion XL. Pure."""

from collections.abc import Iterator

from tests.bench.levels.bounds import mixed_bytes
from tests.bench.levels.cells import gigabytes, ratio, table
from tests.bench.levels.report import Report

_GUIDE = (
    ("fp32", "4.0", "fp32/none"),
    ("fp32-optimized", "4.0", "fp32/fused"),
    ("fp16-internal", "2.6", "fp16-internal/none"),
    ("fp16-optimized", "2.3", "fp16/fused"),
    ("fp16-torch", "2.0", "fp16/none"),
    ("", "", "int8/none"),
    ("", "", "int8/fused"),
)
"""Its name, its size in GiB as `du -h` prints it, and the level of ours that is nearest.

https://github.com/ssube/onnx-web/blob/v0.12.0/docs/converting-models.md#converting-to-float16
"""
_MIXED = "`fp16/none`, VAE decoder in float32 (computed)"


def ladder(report: Report) -> Iterator[str]:
    """Of Stable Diffusion 1.5, computed from the templates; the same as the data files where one was converted."""
    sizes = report.sizes["sd1"]
    rows = [
        [guide, theirs, f"`{level}`", *_sized(sum(sizes.levels[level].values()), sizes.parameter_bytes)]
        for guide, theirs, level in _GUIDE
        if level in sizes.levels
    ]
    mixed = mixed_bytes(sizes)
    if mixed is not None:
        rows.append(["", "", _MIXED, *_sized(mixed, sizes.parameter_bytes)])
    yield "## Sizes of Stable Diffusion 1.5, beside onnx-web's guide" if _is_full(report) else "## Sizes"
    yield ""
    yield (
        f"Its parameters have {gigabytes(sizes.parameter_bytes)} GB in float32. The guide's sizes are `du -h` of whole "
        "folders, in GiB, rounded up; ours are the data files."
    )
    different = _different(report)
    yield from ["", *different] if different else []
    yield ""
    head = ["Guide", "Guide, GiB", "Ours", "Ours, GB", "Ours, GiB", "÷ float32 parameters"]
    yield from table(head, rows)


def xl_sizes(report: Report) -> Iterator[str]:
    """Of Stable Diffusion XL."""
    sizes = report.sizes["sdxl"]
    names = list(next(iter(sizes.levels.values()), {}))
    yield "## Sizes of Stable Diffusion XL" if _is_full(report) else "## Sizes of a tiny Stable Diffusion XL"
    yield ""
    yield (
        f"Computed from the templates of each level, without converting a model. Its parameters have "
        f"{gigabytes(sizes.parameter_bytes)} GB in float32."
    )
    yield ""
    rows = [
        [
            f"`{level}`",
            *(gigabytes(each[name]) for name in names),
            gigabytes(sum(each.values())),
            ratio(sum(each.values()) / sizes.parameter_bytes),
        ]
        for level, each in sizes.levels.items()
    ]
    yield from table(["Level", *(f"{name}, GB" for name in names), "All, GB", "÷ float32 parameters"], rows)


def _different(report: Report) -> list[str]:
    """What was converted and is not as large as computed; nothing is, or one of the two is wrong."""
    return [
        f"**`{level}` was converted to {found}, computed was {wanted}.**"
        for level, result in report.results.items()
        if (found := sum(result.converted.size_bytes.values()))
        != (wanted := sum(report.sizes["sd1"].levels[level].values()))
    ]


def _sized(size_bytes: int, parameter_bytes: int) -> list[str]:
    return [f"{size_bytes / 1e9:.3f}", f"{size_bytes / 2**30:.2f}", f"{size_bytes / parameter_bytes:.3f}"]


def _is_full(report: Report) -> bool:
    return report.settings.subject == "sd15"
