from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.graphs import ComponentKind, TemplateStore, bind, example_shapes
from converter.parity import LIMITS, Difference, Limits, Measurement, ParityError, measure, require_within
from converter.parity.inputs import CASES
from converter.progress import Progress
from tests.support.components import PARTS, ArrayWeights, component_of, weights_of
from tests.support.sd1_models import pico

KINDS = list(PARTS)
LIMIT = LIMITS["fp32"]


def bound(kind: ComponentKind, store: TemplateStore, weights: ArrayWeights, folder: Path) -> Path:
    bind(store.get(component_of(pico(), kind)), weights, folder / kind)
    return folder / kind


def with_changed(weights: ArrayWeights, name: str, factor: float) -> ArrayWeights:
    return replace(weights, arrays={**weights.arrays, name: np.float32(factor) * weights.arrays[name]})


@pytest.mark.parametrize("kind", KINDS)
def test_a_converted_component_computes_what_pytorch_computes(
    kind: ComponentKind, template_store: TemplateStore, tmp_path: Path
) -> None:
    weights = weights_of(pico(), kind)
    folder = bound(kind, template_store, weights, tmp_path)
    measured = measure(component_of(pico(), kind), weights, folder)
    # Ten times nearer than the limits ask for: what is left are other orders of summation.
    strict = Limits(max_abs=LIMIT.max_abs / 10, psnr_db=LIMIT.psnr_db + 10)
    assert [measurement.difference.within(strict) for measurement in measured] == [True, True], measured
    require_within(measured, LIMIT, kind)


def test_it_is_measured_at_two_shapes(template_store: TemplateStore, tmp_path: Path) -> None:
    weights = weights_of(pico(), ComponentKind.UNET)
    folder = bound(ComponentKind.UNET, template_store, weights, tmp_path)
    measured = measure(component_of(pico(), ComponentKind.UNET), weights, folder)
    component = component_of(pico(), ComponentKind.UNET)
    expected = [dict(example_shapes(component, **case)) for case in CASES]  # type: ignore[arg-type]
    assert [dict(measurement.shapes) for measurement in measured] == expected
    assert expected[0] != expected[1]


@pytest.mark.parametrize(
    ("kind", "name", "factor"),
    [
        (ComponentKind.TEXT_ENCODER, "text_model.final_layer_norm.weight", 1.01),
        (ComponentKind.TEXT_ENCODER, "text_model.encoder.layers.1.mlp.fc2.weight", 1.01),
        (ComponentKind.UNET, "conv_out.weight", 1.001),
        (ComponentKind.UNET, "mid_block.attentions.0.transformer_blocks.0.attn2.to_v.weight", 1.1),
        (ComponentKind.VAE_ENCODER, "quant_conv.weight", 1.001),
        (ComponentKind.VAE_DECODER, "decoder.conv_in.weight", 1.01),
    ],
)
def test_a_weight_that_is_a_little_wrong_is_caught(
    template_store: TemplateStore, tmp_path: Path, kind: ComponentKind, name: str, factor: float
) -> None:
    weights = weights_of(pico(), kind)
    folder = bound(kind, template_store, with_changed(weights, name, factor), tmp_path)
    with pytest.raises(ParityError, match=f"{kind}: differs from PyTorch by"):
        require_within(measure(component_of(pico(), kind), weights, folder), LIMIT, kind)


def test_two_weights_in_each_others_place_are_caught(template_store: TemplateStore, tmp_path: Path) -> None:
    kind = ComponentKind.VAE_DECODER
    weights = weights_of(pico(), kind)
    query, key = (f"decoder.mid_block.attentions.0.{name}.weight" for name in ("to_v", "to_q"))
    swapped = {**weights.arrays, query: weights.arrays[key], key: weights.arrays[query]}
    folder = bound(kind, template_store, replace(weights, arrays=swapped), tmp_path)
    with pytest.raises(ParityError):
        require_within(measure(component_of(pico(), kind), weights, folder), LIMIT, kind)


def test_one_flipped_bit_of_the_data_file_is_caught(template_store: TemplateStore, tmp_path: Path) -> None:
    kind = ComponentKind.VAE_DECODER
    weights = weights_of(pico(), kind)
    folder = bound(kind, template_store, weights, tmp_path)
    data = bytearray((folder / "weights.pb").read_bytes())
    data[3] ^= 0x80  # the sign of the first number
    (folder / "weights.pb").write_bytes(data)
    with pytest.raises(ParityError):
        require_within(measure(component_of(pico(), kind), weights, folder), LIMIT, kind)


def test_the_two_computations_are_reported_and_the_weights_given_back(
    template_store: TemplateStore, tmp_path: Path
) -> None:
    kind = ComponentKind.VAE_DECODER
    weights = weights_of(pico(), kind)
    folder = bound(kind, template_store, weights, tmp_path)
    weights.calls.clear()
    reports: list[Progress] = []
    measure(component_of(pico(), kind), weights, folder, report=reports.append)
    assert [(report.done, report.total) for report in reports] == [(0, 2), (1, 2), (2, 2)]
    assert {name for what, name in weights.calls if what == "done"} == set(weights.shapes)


def test_a_failed_comparison_says_who_by_how_much_at_what_shape_and_what_was_allowed() -> None:
    measured = Measurement({"sample": (1, 4, 6, 10)}, Difference(max_abs=0.0123, psnr_db=61.24))
    with pytest.raises(ParityError) as error:
        require_within((measured,), LIMIT, "unet")
    assert str(error.value) == (
        "unet: differs from PyTorch by 0.0123 (61.2 dB), expected at most 0.001 and at least 100 dB, "
        "with inputs {'sample': (1, 4, 6, 10)}; nothing was published"
    )


def test_the_second_case_counts_as_much_as_the_first() -> None:
    fine, bad = (Measurement({"x": (n,)}, Difference(float(n), 120.0)) for n in (0, 1))
    with pytest.raises(ParityError, match=r"\{'x': \(1,\)\}"):
        require_within((fine, bad), LIMIT, "unet")


def test_measurements_within_the_limits_pass() -> None:
    require_within((Measurement({"x": (1,)}, Difference(1e-3, 100.0)),), LIMIT, "unet")
