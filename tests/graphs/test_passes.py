from pathlib import Path

import onnx
import pytest

from converter.graphs import ComponentKind, Fuse, InHalf, InInt8, Making, TemplateStore, making
from converter.registry import Optimize, Precision
from tests.support.components import component_of
from tests.support.sd1_models import pico


def test_float32_is_the_traced_graph() -> None:
    assert making("sd1", ComponentKind.UNET, Precision.FP32) == Making(Precision.FP32, ())


def test_a_component_that_overflows_says_that_it_is_in_float32() -> None:
    assert making("sdxl", ComponentKind.VAE_DECODER, Precision.FP16).precision is Precision.FP32


def test_a_level_without_graphs_is_refused() -> None:
    with pytest.raises(ValueError, match="optimize fused-cuda"):
        making("sd1", ComponentKind.UNET, Precision.FP32, Optimize.FUSED_CUDA)


def test_fusion_comes_first_and_float16_knows_of_it() -> None:
    assert making("sd1", ComponentKind.UNET, Precision.FP32, Optimize.FUSED) == Making(Precision.FP32, (Fuse(),))
    first, second = making("sd1", ComponentKind.UNET, Precision.FP16, Optimize.FUSED).passes
    assert first == Fuse()
    assert isinstance(second, InHalf)
    assert "SkipLayerNormalization" in {name for rule in second.variant.float32 for name in rule.operators}


def test_eight_bits_come_last_and_a_fused_graph_imports_the_operators_once(template_store: TemplateStore) -> None:
    made = making("sd1", ComponentKind.TEXT_ENCODER, Precision.INT8, Optimize.FUSED)
    assert [type(step) for step in made.passes] == [Fuse, InHalf, InInt8]
    template = template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER), made.passes)
    model = onnx.ModelProto.FromString(template.graph)
    assert [opset.domain for opset in model.opset_import] == ["", "com.microsoft"]
    found = {node.op_type for node in model.graph.node if node.domain == "com.microsoft"}
    assert found == {"MatMulNBits", "MultiHeadAttention", "QuickGelu", "SkipLayerNormalization"}


def test_a_fused_component_that_overflows_is_fused_in_float32() -> None:
    made = making("sdxl", ComponentKind.VAE_DECODER, Precision.FP16, Optimize.FUSED)
    assert made == Making(Precision.FP32, (Fuse(),))


def test_each_step_of_the_passes_is_kept_in_the_store(tmp_path: Path, template_store: TemplateStore) -> None:
    component = component_of(pico(), ComponentKind.TEXT_ENCODER)
    whole = template_store.get(component)
    store = TemplateStore(tmp_path)
    store._cache.save(whole.key, whole.to_onnx())
    made = making("sd1", ComponentKind.TEXT_ENCODER, Precision.FP16, Optimize.FUSED)
    template, key = store.get(component, made.passes), whole.key
    for step in made.passes:
        key = step.key(key)
        assert store._cache.has(key)
    assert template.key == key
