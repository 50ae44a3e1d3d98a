"""The JSON examples of onnx-web's guide "Converting Models" (MIT), each in the list where the guide puts it."""

import json
from pathlib import Path

import pytest

from converter.registry import (
    CivitaiSource,
    DiffusionEntry,
    HubSource,
    InversionEntry,
    LocalSource,
    LoraEntry,
    LoraWeight,
    Precision,
    Registry,
    load_registry,
    parse_registry,
)

DATA = Path(__file__).parent / "data"
FRAGMENTS = sorted((DATA / "guide").glob("*.jsonfragment"))


def in_its_position(fragment: str) -> Registry:
    last = '{"name": "another-entry", "source": "org/another"}'
    return parse_registry(f'{{"diffusion": [\n{fragment}{last}]}}', "guide.json")


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.stem)
def test_every_example_parses_without_a_finding_where_the_guide_puts_it(fragment: Path) -> None:
    registry = in_its_position(fragment.read_text())
    assert registry.findings == ()
    assert len(registry.entries) == fragment.read_text().count('"name"') + 1


def test_the_sources_of_the_examples_are_what_the_guide_says() -> None:
    text = "".join(fragment.read_text() for fragment in FRAGMENTS)
    entries = [entry for entry in in_its_position(text).entries if isinstance(entry, DiffusionEntry)]
    assert {entry.name: entry.source for entry in entries} == {
        "diffusion-sd-v1-5-pokemon": LocalSource(".cache/diffusion-sd-v1-5-pokemon"),
        "diffusion-stablydiffused-aesthetic-v2-6": CivitaiSource(
            6266, (("type", "Pruned Model"), ("format", "SafeTensor"))
        ),
        "diffusion-unstable-ink-dream-v6": CivitaiSource(5796, ()),
        "diffusion-knollingcase": HubSource("Aybeeceedee/knollingcase", None),
        "diffusion-openjourney": HubSource("prompthero/openjourney", None),
        "diffusion-lora-elldreths-vivid-mix": LocalSource("../models/.cache/v1-5-elldreths-vivid-mix.safetensors"),
        "another-entry": HubSource("org/another", None),
    }


def test_a_registry_with_every_section_and_key_parses_without_a_finding() -> None:
    registry = load_registry((DATA / "every_section.json").read_bytes(), "every_section.json")
    assert registry.findings == ()
    assert [f"{entry.section}/{entry.name}" for entry in registry.entries] == [
        "diffusion/diffusion-blended",
        "diffusion/diffusion-ours",
        "correction/correction-gfpgan-v1-3",
        "upscaling/upscaling-real-esrgan-x4-anime",
        "networks/cubex",
        "networks/cubex",
        "networks/control-canny",
        "sources/vae-ft-mse-840000-ema-pruned",
        "strings/en",
        "strings/de",
    ]


def test_blended_networks_need_no_type_and_keep_their_weights() -> None:
    registry = load_registry((DATA / "every_section.json").read_bytes(), "every_section.json")
    blended = registry.entries[0]
    assert isinstance(blended, DiffusionEntry)
    assert [lora.weight for lora in blended.loras] == [LoraWeight(0.8, 0.8), LoraWeight(0.8, 0.0)]
    assert [type(network) for network in (*blended.loras, *blended.inversions)] == [
        LoraEntry,
        LoraEntry,
        InversionEntry,
    ]


def test_the_format_concept_of_the_user_guide_is_the_kind_of_embedding() -> None:
    registry = load_registry((DATA / "every_section.json").read_bytes(), "every_section.json")
    blended = registry.entries[0]
    assert isinstance(blended, DiffusionEntry)
    assert (blended.inversions[0].format, blended.inversions[0].model) == (None, "concept")


def test_half_and_a_revision_beside_the_source_are_put_where_they_belong() -> None:
    registry = load_registry((DATA / "every_section.json").read_bytes(), "every_section.json")
    ours = registry.entries[1]
    assert isinstance(ours, DiffusionEntry)
    assert ours.precision is Precision.FP16_INTERNAL
    assert ours.source == HubSource("example/model", "fp16")


def test_every_entry_knows_its_place() -> None:
    text = (DATA / "every_section.json").read_text()
    for entry in parse_registry(text, "every_section.json").entries:
        rest = "\n".join(text.split("\n")[entry.location.line - 1 :])[entry.location.column - 1 :]
        value, _ = json.JSONDecoder().raw_decode(rest)
        assert entry.section == "strings" or value["name"] == entry.name
        assert entry.location.path.startswith(f"$.{entry.section}")
