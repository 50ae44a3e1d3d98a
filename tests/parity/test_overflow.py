from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.graphs import ComponentKind, TemplateStore, bind, making
from converter.parity import ParityError, measure
from converter.registry import Precision
from tests.support.components import ArrayWeights, component_of, weights_of
from tests.support.sd1_models import pico

KIND = ComponentKind.VAE_DECODER
SCALED = "decoder.conv_in.weight"


def bound(store: TemplateStore, weights: ArrayWeights, precision: Precision, folder: Path) -> Path:
    component = component_of(pico(), KIND)
    bind(store.get(component, making("sd1", KIND, precision).passes), weights, folder / KIND)
    return folder / KIND


@pytest.fixture
def overflowing() -> ArrayWeights:
    """A decoder whose first convolution gives numbers that float16 has not; the norms behind it take them back."""
    weights = weights_of(pico(), KIND)
    scale = np.float32(4e4) / np.abs(weights.arrays[SCALED]).max()
    return replace(weights, arrays={**weights.arrays, SCALED: scale * weights.arrays[SCALED]})


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.FP16_INTERNAL])
def test_a_model_that_overflows_is_refused_with_the_component_and_the_node(
    overflowing: ArrayWeights, template_store: TemplateStore, tmp_path: Path, precision: Precision
) -> None:
    folder = bound(template_store, overflowing, precision, tmp_path)
    words = r"vae_decoder: numbers overflow in float16, first in the Conv /decoder/conv_in/Conv; "
    with pytest.raises(ParityError, match=words):
        measure(component_of(pico(), KIND), overflowing, folder, precision)
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "weights.pb"}
