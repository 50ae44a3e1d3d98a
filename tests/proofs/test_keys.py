"""The keys of proofs: everything that determines a figure changes them, and nothing else does."""

from dataclasses import replace

import pytest

from converter.graphs import Component, ComponentKind
from converter.proofs import Where, component_key, pipeline_key
from converter.registry import Precision
from converter.release import FileRecord, ModelRecord
from converter.streaming import StreamedFile
from tests.support.components import component_of
from tests.support.sd1_models import pico

COMPONENT = component_of(pico(), ComponentKind.VAE_DECODER)
BOUND = (StreamedFile("model.onnx", 10, "a" * 64), StreamedFile("weights.pb", 20, "b" * 64))
WHERE = Where("cpu", "x86_64", {"torch": "2.13.0"})
MODEL = ModelRecord("sd1", "Stable Diffusion 1.x", "StableDiffusionPipeline", "epsilon", False, "diffusers", 5, {}, 8)
FILES = (FileRecord("unet/model.onnx", 10, "a" * 64), FileRecord("scheduler/scheduler_config.json", 5, "c" * 64))


def key(
    component: Component = COMPONENT,
    precision: Precision = Precision.FP32,
    bound: tuple[StreamedFile, ...] = BOUND,
    values: str | None = None,
    where: Where = WHERE,
) -> str:
    return component_key(component, precision, bound, values, where)


def test_the_same_facts_have_the_same_key() -> None:
    assert key() == key(bound=tuple(reversed(BOUND)))


@pytest.mark.parametrize(
    "changed",
    [
        {"component": component_of(pico(), ComponentKind.VAE_ENCODER)},
        {"component": replace(COMPONENT, config={**COMPONENT.config, "norm_num_groups": 16})},
        {"component": replace(COMPONENT, pooled_width=1280)},
        {"precision": Precision.FP16},
        {"bound": (replace(BOUND[0], sha256="c" * 64), BOUND[1])},
        {"bound": (BOUND[0], replace(BOUND[1], sha256="c" * 64))},
        {"values": "d" * 64},
        {"where": replace(WHERE, device="cuda")},
        {"where": replace(WHERE, machine="aarch64")},
        {"where": replace(WHERE, versions={"torch": "2.14.0"})},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_determines_a_component_changes_its_key(changed: dict[str, object]) -> None:
    assert key(**changed) != key()  # type: ignore[arg-type]


def pipeline(
    components: dict[str, str] | None = None,
    files: tuple[FileRecord, ...] = FILES,
    model: ModelRecord = MODEL,
    precision: str = "fp32",
) -> str:
    return pipeline_key(components or {"unet": "e" * 64}, files, model, precision)


@pytest.mark.parametrize(
    "changed",
    [
        {"components": {"unet": "f" * 64}},
        {"files": (FILES[0], replace(FILES[1], sha256="d" * 64))},
        {"files": FILES[:1]},
        {"model": replace(MODEL, image_multiple=64)},
        {"model": replace(MODEL, pipeline="StableDiffusionInpaintPipeline")},
        {"precision": "fp16"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_determines_a_pipeline_changes_its_key(changed: dict[str, object]) -> None:
    assert pipeline(**changed) != pipeline()  # type: ignore[arg-type]


def test_how_the_source_was_stored_is_no_part_of_a_pipeline() -> None:
    assert pipeline(model=replace(MODEL, layout="original", dtypes={"F16": 3})) == pipeline()


def test_the_versions_of_both_sides_are_asked_for() -> None:
    where = Where.here("cpu", lambda name: f"1-{name}")
    assert {"torch", "diffusers", "transformers", "numpy", "onnxruntime"} <= where.versions.keys()
    assert Where.here("cpu", lambda _: None).versions == {}
