import pytest

from converter.graphs import ComponentKind, HalfVariant, float32_reason, half_variant
from converter.graphs.float32_nodes import FLOAT32_COMPONENTS, FLOAT32_FUSED_NODES, FLOAT32_NODES
from converter.registry import Precision

VAES = (ComponentKind.VAE_ENCODER, ComponentKind.VAE_DECODER)


def modules_of(architecture: str, kind: ComponentKind) -> set[str]:
    variant = half_variant(architecture, kind, Precision.FP16)
    assert variant is not None
    return {module for rule in variant.float32 for module in rule.modules}


def test_float32_is_no_variant() -> None:
    assert half_variant("sd1", ComponentKind.UNET, Precision.FP32) is None


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.FP16_INTERNAL])
def test_a_variant_says_its_precision(precision: Precision) -> None:
    variant = half_variant("sd1", ComponentKind.UNET, precision)
    assert isinstance(variant, HalfVariant)
    assert variant.precision is precision


def test_other_precisions_have_no_graphs() -> None:
    with pytest.raises(ValueError, match="precision int8: expected fp32, fp16 or fp16-internal"):
        half_variant("sd1", ComponentKind.UNET, Precision.INT8)


@pytest.mark.parametrize("kind", VAES)
@pytest.mark.parametrize("architecture", ["sdxl", "sdxl-inpaint", "sdxl-refiner"])
def test_the_vae_of_xl_stays_float32_as_a_whole(architecture: str, kind: ComponentKind) -> None:
    assert half_variant(architecture, kind, Precision.FP16) is None
    assert "force_upcast" in str(float32_reason(architecture, kind))


@pytest.mark.parametrize("architecture", ["sd1", "sd2-inpaint", "sd-x4-upscaler"])
def test_the_vaes_of_other_families_do_not(architecture: str) -> None:
    assert [float32_reason(architecture, kind) for kind in VAES] == [None, None]


@pytest.mark.parametrize("architecture", ["sd2", "sd2-inpaint", "sd2-controlnet"])
def test_attention_of_stable_diffusion_2_stays_float32(architecture: str) -> None:
    assert {"attn1", "attn2"} <= modules_of(architecture, ComponentKind.UNET)


@pytest.mark.parametrize("architecture", ["sd1", "sdxl"])
def test_attention_of_others_does_not(architecture: str) -> None:
    assert modules_of(architecture, ComponentKind.UNET) == {"time_proj", "add_time_proj"}


def test_what_was_fused_is_no_part_of_plain_variants_whose_keys_stay() -> None:
    plain, fused = (half_variant("sd1", ComponentKind.UNET, Precision.FP16, fused=fused) for fused in (False, True))
    assert plain is not None
    assert fused is not None
    assert fused.float32 == (*plain.float32, *FLOAT32_FUSED_NODES)


def test_no_rule_is_without_a_reason() -> None:
    assert all(len(rule.reason) > 20 for rule in (*FLOAT32_NODES, *FLOAT32_FUSED_NODES, *FLOAT32_COMPONENTS))
